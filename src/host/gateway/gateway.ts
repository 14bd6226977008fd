import { textOf } from '../../core/errors/alga-error.js';
import type { RegistryId } from '../../core/ids.js';
import { hasExtensions } from '../../registry/index.js';
import type { RequestGate } from '../extensions/request-gate.js';
import type { RequestLog } from '../requests/request-log.js';
import type { RequestTrace } from '../requests/request-trace.js';
import type { RunnerCalls } from '../runner/runner-calls.js';
import { type Access, type AccessPolicy, judgeAccess } from './access.js';
import { chooseUser, isContradictory } from './acting-user.js';
import { executeRequest, executeUser } from './execute-request.js';
import { conclude, refusalAnswer } from './gateway-answer.js';
import type { GatewayAnswer, GatewayCall } from './gateway-call.js';
import type { ExecutionEnd, GatewayData, Hydration, Opening } from './gateway-data.js';
import { guestHeaders } from './guest-headers.js';
import {
  claimsOtherTenant,
  executionStart,
  hydrationFlaw,
  idempotencyKeyOf,
  type Journey,
  limitNotes,
  requestIdOf,
} from './journey.js';
import { applyMethodOverride } from './method-override.js';
import { productDenied, type Refusal, refusals } from './refusal.js';
import { transportHeaders } from './transport-headers.js';

/** Body limit of the direct route. */
const DIRECT_BODY_LIMIT = 10 * 1024 * 1024;
/** Body limit of the platform, which is all the page's route has. */
const PLATFORM_BODY_LIMIT = 100 * 1024 * 1024;

export interface GatewayOptions extends AccessPolicy {
  readonly data: GatewayData;
  readonly runner: RunnerCalls;
  readonly requests: RequestLog;
  readonly gate: RequestGate;
  /** The extension of this session that a caller names; others are served as well, but never held. */
  readonly known: (id: string) => { registryId: RegistryId; extension: string } | undefined;
  readonly serviceToken: string;
  /** Key of the component that answers for an extension until its bundle is published. */
  readonly liveComponent: (registryId: RegistryId) => string | undefined;
  readonly timeoutMs: number;
}

/**
 * The way from a caller to the runner. Both routes share the access policy and the execution log; in
 * body, headers and error answers each follows the product's own code.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #unfinished = new Set<Promise<void>>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Answers a call. Never throws: whatever is unexpected is answered as the policy being unavailable. */
  async handle(call: GatewayCall): Promise<GatewayAnswer> {
    const requestId = requestIdOf(call);
    const { id, origin, route, method, path, query } = call;
    const known = this.#options.known(id);
    const trace = this.#options.requests.begin({
      requestId,
      registryId: known?.registryId ?? id,
      extension: known?.extension ?? id,
      origin,
      route,
      method,
      path,
      query,
    });
    const answer = await this.#pass(call, trace).catch((error: unknown) => {
      trace.set({ error: refusals.policyUnavailable.error, runnerError: textOf(error) });
      return refusalAnswer(refusals.policyUnavailable, requestId);
    });
    this.#options.requests.end(trace, answer);
    return answer;
  }

  /** Waits for log rows that are still being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#unfinished);
  }

  async #pass(call: GatewayCall, trace: RequestTrace): Promise<GatewayAnswer> {
    const refuse = (refusal: Refusal): GatewayAnswer => {
      trace.set({ error: refusal.error });
      return refusalAnswer(refusal, trace.requestId);
    };
    const { data } = this.#options;
    const [users, tenant] = await Promise.all([data.users(call.tenantId), data.tenant(call.tenantId)]);
    const user = chooseUser(users, call.user);
    if (!user) return refuse(refusals.signedOut);
    if (isContradictory(user)) return refuse(refusals.contradictory);
    const productCode = tenant?.productCode ?? null;
    if (productCode !== null && !hasExtensions(productCode)) return refuse(productDenied(productCode));
    trace.set({ user: { key: user.username, name: user.name, type: user.userType } });
    let journey: Journey = {
      call,
      user,
      trace,
      method: call.method,
      query: call.query,
      earlyBody: undefined,
    };
    if (call.route === 'ext-proxy' && call.method !== 'GET') {
      const body = await call.readBody(PLATFORM_BODY_LIMIT);
      if (body === undefined) return refuse(refusals.payloadTooLarge);
      const {
        method,
        query,
        body: earlyBody,
      } = applyMethodOverride({ method: call.method, query: call.query, body });
      journey = { ...journey, method, query, earlyBody };
    }
    if (claimsOtherTenant(call)) return refuse(refusals.tenantMismatch);
    trace.mark('access');
    const known = this.#options.known(call.id);
    if (!known) return this.#proceed(journey, refuse);
    // While the handler is being replaced nothing goes on, so that everything after is read fresh.
    return this.#options.gate.through(known.registryId, () => {
      trace.mark('held');
      return this.#proceed(journey, refuse);
    });
  }

  async #proceed(journey: Journey, refuse: (refusal: Refusal) => GatewayAnswer): Promise<GatewayAnswer> {
    const access = await this.#admit(journey);
    if (!('error' in access)) return this.#run(journey, access, refuse);
    if (access.error === refusals.noEndpoint.error) {
      journey.trace.note(
        `${journey.method} ${journey.call.path} is not among api.endpoints of the manifest: Alga answers 404`,
      );
    }
    return refuse(access);
  }

  async #admit(journey: Journey): Promise<Access | Refusal> {
    const { call, trace, user, method } = journey;
    const { tenantId, id, path } = call;
    const access = await judgeAccess(this.#options, { tenantId, user, id, method, path });
    if (!('error' in access))
      trace.identify(access.install.registryId, `${access.install.publisher}/${access.install.name}`);
    trace.mark('access');
    return access;
  }

  async #run(
    journey: Journey,
    access: Access,
    refuse: (refusal: Refusal) => GatewayAnswer,
  ): Promise<GatewayAnswer> {
    const { call, trace } = journey;
    const began = performance.now();
    const { executionId, hydration } = await this.#open(journey, access);
    const finish = (answer: GatewayAnswer, end: Pick<ExecutionEnd, 'status' | 'error'>): GatewayAnswer => {
      const durationMs = Math.round(performance.now() - began);
      this.#finishLater(executionId, { ...end, httpStatus: answer.status, durationMs });
      return answer;
    };
    const deny = (refusal: Refusal): GatewayAnswer =>
      finish(refuse(refusal), { status: 'policy_denied', error: null });
    const body = await this.#bodyOf(journey);
    if (body === 'too large') return deny(refusals.payloadTooLarge);
    const flaw = hydrationFlaw(call, access, hydration);
    if (flaw || !hydration) return deny(flaw ?? refusals.notInstalled);
    trace.mark('hydrate');
    const conclusion = await this.#execute(journey, hydration, body);
    return finish(conclusion.answer, conclusion.end);
  }

  /** Without the log row nothing runs. Only the direct route goes on when the configuration cannot be read. */
  async #open(journey: Journey, access: Access): Promise<Opening> {
    const { data } = this.#options;
    const start = executionStart(journey, access);
    const opening = data.open(start);
    if (journey.call.route === 'ext-proxy') return opening;
    return opening.catch((error: unknown) => {
      journey.trace.note(`Without configuration and secrets, which cannot be read: ${textOf(error)}`);
      return data.openBare(start);
    });
  }

  async #bodyOf({ call, method, earlyBody }: Journey): Promise<Buffer | undefined | 'too large'> {
    if (call.route === 'ext-proxy' || method === 'GET') return earlyBody;
    return (await call.readBody(DIRECT_BODY_LIMIT)) ?? 'too large';
  }

  async #execute(
    journey: Journey,
    hydration: Hydration,
    body: Buffer | undefined,
  ): Promise<ReturnType<typeof conclude>> {
    const { call, trace, user, method, query } = journey;
    const { data, timeoutMs, serviceToken, runner } = this.#options;
    const { route, tenantId } = call;
    const { requestId } = trace;
    const idempotencyKey = idempotencyKeyOf(call, method, requestId);
    const headers = guestHeaders({
      route,
      incoming: call.headers,
      requestId,
      tenantId,
      registryId: hydration.install.registryId,
      idempotencyKey,
    });
    trace.sent(method, headers, body);
    const { contentHash } = hydration.install;
    if (contentHash) trace.set({ contentHash });
    const executed = executeRequest({
      route,
      requestId,
      tenantId,
      hydration,
      method,
      path: call.path,
      query,
      headers,
      body,
      timeoutMs,
      user: executeUser(route, user, (await data.tenant(tenantId))?.name ?? ''),
    });
    const transport = transportHeaders({
      route,
      requestId,
      tenantId,
      hydration,
      idempotencyKey,
      serviceToken,
      liveComponent: this.#options.liveComponent(hydration.install.registryId),
    });
    const began = performance.now();
    const outcome = await runner.execute(transport, executed, timeoutMs);
    trace.mark('runner');
    const conclusion = conclude(route, outcome, requestId);
    for (const note of [...conclusion.notes, ...limitNotes(body, performance.now() - began)])
      trace.note(note);
    const { error, runnerError } = conclusion;
    trace.set({ ...(error ? { error } : {}), ...(runnerError ? { runnerError } : {}) });
    return conclusion;
  }

  /** The row's end is written beside the answer; when it fails the row stays at `started`, as in the product. */
  #finishLater(id: string, end: ExecutionEnd): void {
    const writing = this.#options.data
      .finishExecution(id, end)
      .catch(() => undefined)
      .finally(() => this.#unfinished.delete(writing));
    this.#unfinished.add(writing);
  }
}
