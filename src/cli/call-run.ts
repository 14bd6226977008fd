import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { algaError } from '../core/errors/alga-error.js';
import type { HostClient } from '../host/client/index.js';
import type { RequestRecord } from '../host/index.js';
import { type Paint, painter, wantsColor } from '../tui/text/paint.js';
import { attachToExtension, type SessionChoice } from './attach.js';
import { waitForLogs } from './call-logs.js';
import { logLines, requestLines } from './logs-text.js';
import { jsonLine } from './render/json.js';

export interface CallRun extends SessionChoice {
  readonly method: string;
  /** Path of the endpoint with its query. */
  readonly path: string;
  readonly data?: string | undefined;
  readonly type?: string | undefined;
  readonly as?: string | undefined;
  readonly json: boolean;
}

/** A little longer than the gateway's own limit. */
const PATIENCE_MS = 40_000;
const SIGNED_OUT = 'signed-out';

/** What came back, as far as it is shown. */
interface Answer {
  readonly requestId: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Runs `alga call`: the body of the answer goes to stdout as it is, everything about it to stderr.
 * Exit code 0 below status 400, else 1.
 */
export async function runCall(run: CallRun): Promise<void> {
  const { host, extension } = await attachToExtension(run);
  requireUser(host, run.as);
  const requestId = randomUUID();
  const answer = await answered(host, extension.registryId, requestId, run);
  const record = (await host.recentRequests()).find((known) => known.requestId === requestId);
  process.exitCode = answer.status < 400 ? 0 : 1;
  if (run.json) process.stdout.write(`${jsonLine(answerData(answer, record))}\n`);
  else show(answer, record);
}

function requireUser({ facts }: HostClient, user: string | undefined): void {
  if (user === undefined || user === SIGNED_OUT) return;
  const known = facts.users.map(({ key }) => key);
  if (!known.includes(user)) {
    throw algaError('CLI_USER_UNKNOWN', { user, known: [...known, SIGNED_OUT].join(', ') });
  }
}

/** The answer, once the handler's lines that belong to it are with the host as well. */
async function answered(
  host: HostClient,
  registryId: string,
  requestId: string,
  run: CallRun,
): Promise<Answer> {
  const logs = waitForLogs(host, requestId);
  try {
    const answer = await send(host, registryId, requestId, run);
    await logs.settled();
    return answer;
  } finally {
    logs.stop();
  }
}

async function send(
  { origin }: HostClient,
  registryId: string,
  requestId: string,
  run: CallRun,
): Promise<Answer> {
  if (run.data !== undefined && /^(GET|HEAD)$/.test(run.method)) {
    const expected = 'nothing: a GET has no body. Use POST, or put it into the query';
    throw algaError('CLI_OPTION_INVALID', {
      command: 'alga call',
      option: '--data',
      value: run.data,
      expected,
    });
  }
  const body = run.data === undefined ? undefined : await bodyOf(run.data);
  const path = run.path.startsWith('/') ? run.path : `/${run.path}`;
  const type = run.type ?? (body === undefined ? undefined : typeOf(body));
  const response = await fetch(`${origin}/api/ext/${registryId}${path}`, {
    method: run.method,
    headers: {
      'x-request-id': requestId,
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(run.as === undefined ? {} : { 'x-alga-dev-user': run.as }),
    },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((cause: unknown) => {
    throw algaError('HOST_NOT_THERE', { origin }, { cause });
  });
  return {
    requestId,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

async function bodyOf(data: string): Promise<Buffer> {
  if (data === '-') return buffer(process.stdin);
  if (!data.startsWith('@')) return Buffer.from(data);
  const file = data.slice(1);
  return readFile(file).catch((cause: unknown) => {
    throw algaError('CLI_DATA_UNREADABLE', { file }, { cause });
  });
}

function typeOf(body: Buffer): string {
  return jsonOf(body) === undefined ? 'application/octet-stream' : 'application/json';
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** The answer for machines: its body as JSON where it is JSON, else as text, else in base64. */
function answerData(answer: Answer, record: RequestRecord | undefined): object {
  const { requestId, status, headers, body } = answer;
  const text = body.toString();
  const isText = Buffer.from(text).equals(body);
  return {
    type: 'answer',
    at: new Date().toISOString(),
    requestId,
    status,
    headers,
    ...(isText ? { text } : { base64: body.toString('base64') }),
    json: jsonOf(body),
    ms: record?.ms,
    user: record?.user?.key,
    contentHash: record?.contentHash,
    error: record?.error,
    runnerError: record?.runnerError,
    logs: record?.logs ?? [],
    hostCalls: record?.hostCalls ?? [],
  };
}

function show(answer: Answer, record: RequestRecord | undefined): void {
  const paint: Paint = painter(wantsColor(process.stderr));
  const lines = record === undefined ? [String(answer.status)] : requestLines(record, paint);
  const logs = (record?.logs ?? []).flatMap((log) =>
    logLines({ type: 'guestLog', ...log }, { paint, showExtension: false }),
  );
  process.stderr.write(`${[...lines, ...logs].join('\n')}\n`);
  if (answer.body.length === 0) return;
  process.stdout.write(answer.body);
  if (process.stdout.isTTY && answer.body.at(-1) !== 0x0a) process.stdout.write('\n');
}
