import type { GuestAnswer } from '../executable.js';
import type { ExecuteWireAnswer, RunnerErrorCode } from '../published/wire.js';

/** The status inside the answer for each refusal of the runner. */
const STATUS: Record<RunnerErrorCode, number> = {
  missing_routing_headers: 400,
  engine_init_failed: 500,
  bundle_fetch_failed: 502,
  unknown_capabilities: 400,
  secret_decrypt_failed: 500,
  execute_failed: 500,
  overloaded: 503,
};

/** Codes callers compare as a whole: no text follows them. */
const BARE: ReadonlySet<RunnerErrorCode> = new Set(['missing_routing_headers', 'secret_decrypt_failed']);

/** The answer to a call that no guest answered. */
export function refusal(code: RunnerErrorCode, text = ''): ExecuteWireAnswer {
  const error = BARE.has(code) || text === '' ? code : `${code}: ${text}`;
  return { status: STATUS[code], headers: {}, body_b64: null, error };
}

/** What the guest answered; of repeated header names the last one stays, in the guest's spelling. */
export function guestAnswer(answer: GuestAnswer): ExecuteWireAnswer {
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body_b64: answer.body === undefined ? null : base64(answer.body),
    error: null,
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
