import type { IncomingMessage, ServerResponse } from 'node:http';
import { LIVE_COMPONENT_HEADER } from '../cache/live-components.js';
import type { BundleSource } from '../cache/object-key.js';
import type { Logger } from '../log.js';
import type { ExecuteWireAnswer } from '../published/wire.js';
import type { BundlesInUse } from './bundles-in-use.js';
import { type Exchange, headerOf, type Route } from './exchange.js';
import { type ExecuteBody, executeSchema } from './execute-schema.js';
import type { Execution } from './execution.js';
import type { Idempotency } from './idempotency.js';
import { readJson } from './json-body.js';
import { sendJson, sendText } from './respond.js';

export interface ExecuteRouteOptions {
  readonly execution: Execution;
  readonly idempotency: Idempotency;
  readonly inUse: BundlesInUse;
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

/** `POST /v1/execute`: HTTP 200 for every outcome after the body was understood. */
export function createExecuteRoute(options: ExecuteRouteOptions): Route {
  return {
    name: 'execute',
    methods: ['POST'],
    matches: (path) => path === '/v1/execute',
    handle: (exchange) => handle(options, exchange),
  };
}

async function handle(options: ExecuteRouteOptions, { request, response }: Exchange): Promise<void> {
  const began = performance.now();
  const body = await readJson(request, executeSchema, options.maxBodyBytes);
  if (!body.ok) return sendText(response, body.status, body.message);
  const source = sourceOf(request);
  const answer =
    source === undefined
      ? options.execution.refuse('missing_routing_headers')
      : await answerOnce(options, { request, response }, body.value, source);
  sendJson(response, 200, answer);
  if (source !== undefined && answer.error === null) {
    options.inUse.note(source, body.value.context.content_hash, headerOf(request, LIVE_COMPONENT_HEADER));
  }
  options.log.info(factsOf(request, body.value, answer, performance.now() - began), 'execute');
}

/** Tenant and extension whose object is run, from the transport headers. */
function sourceOf(request: IncomingMessage): BundleSource | undefined {
  const tenantId = headerOf(request, 'x-alga-tenant');
  const extensionId = headerOf(request, 'x-alga-extension');
  return tenantId && extensionId ? { tenantId, extensionId } : undefined;
}

async function answerOnce(
  { execution, idempotency }: ExecuteRouteOptions,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  body: ExecuteBody,
  source: BundleSource,
): Promise<ExecuteWireAnswer> {
  const key = headerOf(request, 'x-idempotency-key');
  const live = headerOf(request, LIVE_COMPONENT_HEADER);
  if (!key) return await execution.run(body, source, hangUpOf(response), live);
  // A call with a key runs to its end, so that the caller's next try finds the answer.
  const never = new AbortController().signal;
  return await idempotency.once({ ...source, key }, () => execution.run(body, source, never, live));
}

/** Aborts when the caller hangs up before the answer. */
function hangUpOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** What the log says of a call: ids and outcome, nothing of what was sent. */
function factsOf(request: IncomingMessage, body: ExecuteBody, answer: ExecuteWireAnswer, ms: number): object {
  return {
    request: body.context.request_id ?? headerOf(request, 'x-request-id'),
    tenant: body.context.tenant_id,
    extension: body.context.extension_id,
    hash: body.context.content_hash,
    status: answer.status,
    ...(answer.error !== null && { error: answer.error }),
    ms: Math.round(ms * 10) / 10,
  };
}
