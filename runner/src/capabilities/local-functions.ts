import type { DebugLevel } from '../executable.js';
import type { GuestRequest, OpenSecrets } from './guest-request.js';
import { err, ok, type Result } from './result.js';

/** What the functions below need of the call under way. */
export interface LocalCall {
  readonly request: GuestRequest;
  /** Undefined: the install has no secrets. */
  readonly secrets: OpenSecrets | undefined;
  log(level: DebugLevel, message: string): void;
}

export type LocalFunction = (call: LocalCall, args: readonly unknown[]) => unknown;

/** Host functions that need nothing but the request, so they run where the guest runs. */
export const LOCAL_FUNCTIONS: ReadonlyMap<string, LocalFunction> = new Map<string, LocalFunction>([
  ['context#get-context', ({ request }) => contextData(request)],
  ['logging#log-info', (call, [message]) => call.log('info', String(message))],
  ['logging#log-warn', (call, [message]) => call.log('warn', String(message))],
  ['logging#log-error', (call, [message]) => call.log('error', String(message))],
  ['user#get-user', ({ request }) => userData(request)],
  ['user-v2#get-user', ({ request }) => userDataV2(request)],
  ['secrets#get', ({ secrets }, [key]) => secret(secrets, String(key))],
  ['secrets#list-keys', ({ secrets }) => (secrets?.expired === false ? [...secrets.values.keys()] : [])],
]);

/** The five fields that are also `execute-request.context`. */
export function contextData(request: GuestRequest): object {
  const { requestId, tenantId, extensionId, installId, versionId } = request;
  return { requestId, tenantId, extensionId, installId, versionId };
}

/** The tenant is the one of the execution, never the one a user payload may name. */
function userData({ tenantId, user }: GuestRequest): Result<object, 'not-available'> {
  if (user === undefined) return err('not-available');
  const { clientName, userId, userEmail, userName, userType } = user;
  return ok({ tenantId, clientName, userId, userEmail, userName, userType });
}

function userDataV2(request: GuestRequest): Result<object, 'not-available'> {
  const basic = userData(request);
  const { user } = request;
  if (basic.tag === 'err' || user === undefined) return err('not-available');
  const additionalFields = Object.entries(user.additionalFields).sort(([a], [b]) => compareBytes(a, b));
  return ok({ ...basic.val, clientId: user.clientId, additionalFields });
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function secret(secrets: OpenSecrets | undefined, key: string): Result<string, 'missing' | 'expired'> {
  if (secrets?.expired === true) return err('expired');
  const value = secrets?.values.get(key);
  return value === undefined ? err('missing') : ok(value);
}
