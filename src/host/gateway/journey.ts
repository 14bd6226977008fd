import { randomUUID } from 'node:crypto';
import type { RequestTrace } from '../requests/request-trace.js';
import type { Access } from './access.js';
import type { ActingUser } from './acting-user.js';
import type { GatewayCall } from './gateway-call.js';
import type { ExecutionStart, Hydration } from './gateway-data.js';
import { type Refusal, refusals } from './refusal.js';

/** Raw bodies from about this size on no longer fit the runner's limit of 2 MiB once they are encoded. */
const NEAR_RUNNER_LIMIT = 1.5 * 1024 * 1024;
/** The page's SDK gives up after this time, although the handler goes on. */
const SDK_PATIENCE_MS = 15_000;

/** A call on its way, after any override. */
export interface Journey {
  readonly call: GatewayCall;
  readonly user: ActingUser;
  readonly trace: RequestTrace;
  readonly method: string;
  readonly query: Readonly<Record<string, string>>;
  /** Read before the access policy on the page's route only. */
  readonly earlyBody: Buffer | undefined;
}

/** The first half of the log row: who asked for what, and nothing of what they sent. */
export function executionStart(
  { call, trace, user, method }: Journey,
  { install, endpoint }: Access,
): ExecutionStart {
  return {
    tenantId: call.tenantId,
    registryId: install.registryId,
    versionId: install.versionId,
    requestId: trace.requestId,
    metrics: {
      method,
      path: call.path,
      endpoint_template: endpoint.path,
      principal_kind: user.userType === 'internal' ? 'msp' : 'client',
      user_id: user.userId,
    },
  };
}

/** The caller's request id, else a new one. */
export function requestIdOf(call: GatewayCall): string {
  const given = call.headers['x-request-id'];
  return typeof given === 'string' && given !== '' ? given : randomUUID();
}

/** A tenant header can never choose the tenant; one that names another is refused. */
export function claimsOtherTenant(call: GatewayCall): boolean {
  return ['x-alga-tenant', 'x-tenant-id'].some((name) => {
    const claimed = call.headers[name];
    return typeof claimed === 'string' && claimed !== '' && claimed !== call.tenantId;
  });
}

/** The install as it is after the log row was written; it must be the one that was judged. */
export function hydrationFlaw(
  call: GatewayCall,
  access: Access,
  hydration: Hydration | undefined,
): Refusal | undefined {
  const direct = call.route === 'ext';
  if (!hydration) return direct ? refusals.notInstalled : refusals.notInstalledForPage;
  const judged = access.install;
  const { install } = hydration;
  if (install.installId !== judged.installId || install.versionId !== judged.versionId) {
    return refusals.policyUnavailable;
  }
  if (install.contentHash) return undefined;
  return direct ? refusals.notInstalled : refusals.badGateway;
}

/** The key of a call that may change something: the caller's, else one of its own. */
export function idempotencyKeyOf(call: GatewayCall, method: string, requestId: string): string | undefined {
  if (method === 'GET') return undefined;
  const given = call.headers['x-idempotency-key'];
  if (typeof given === 'string' && given !== '') return given;
  return call.route === 'ext' ? requestId : randomUUID();
}

/** Remarks on limits of the product that a call was near. `ms` is the time the runner took. */
export function limitNotes(body: Buffer | undefined, ms: number): string[] {
  const notes: string[] = [];
  if (body && body.length > NEAR_RUNNER_LIMIT) {
    notes.push('Bodies above about 1.5 MiB do not fit the 2 MiB limit of the runner');
  }
  if (ms > SDK_PATIENCE_MS) notes.push('The iframe SDK gives up after 15 seconds; the handler took longer');
  return notes;
}
