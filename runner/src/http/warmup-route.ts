import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ArchiveAhead } from '../cache/archive-ahead.js';
import type { BundleCache } from '../cache/bundle-cache.js';
import { BundleError } from '../cache/errors.js';
import { componentOf } from '../cache/executables.js';
import type { LiveComponents } from '../cache/live-components.js';
import type { BundleSource } from '../cache/object-key.js';
import type { Engine, Executable } from '../executable.js';
import type { Logger } from '../log.js';
import { text } from '../net/text.js';
import type { WarmupWireAnswer } from '../published/wire.js';
import type { BundlesInUse } from './bundles-in-use.js';
import type { Exchange, Route } from './exchange.js';
import type { ExecuteDefaults } from './execute-request.js';
import { readJson } from './json-body.js';
import { sendJson, sendText } from './respond.js';

export interface WarmupRouteOptions {
  readonly cache: BundleCache;
  readonly engine: Engine;
  readonly sourceMapDir?: string;
  readonly live: LiveComponents;
  readonly ahead?: ArchiveAhead;
  readonly inUse: BundlesInUse;
  readonly log: Logger;
  /** What an instance may use that is made only to see that it starts. */
  readonly limits: ExecuteDefaults;
}

const MAX_BODY_BYTES = 64 * 1024;

const warmupSchema = z.object({
  content_hash: z.string(),
  tenant_id: z.string().nullish(),
  extension_id: z.string().nullish(),
  live_component: z.string().nullish(),
  live_archive: z.string().nullish(),
  used_at: z.number().nonnegative().nullish(),
  instantiate: z.boolean().nullish(),
});

/**
 * `POST /warmup`: fetches, unpacks and compiles a bundle before its first request, and makes an instance of it
 * when that is asked for. Without tenant and extension there is no object to fetch, and the answer is the
 * official runner's refusal.
 */
export function createWarmupRoute(options: WarmupRouteOptions): Route {
  return {
    name: 'warmup',
    methods: ['POST'],
    matches: (path) => path === '/warmup',
    handle: (exchange) => handle(options, exchange),
  };
}

async function handle(options: WarmupRouteOptions, { request, response }: Exchange): Promise<void> {
  const began = performance.now();
  const body = await readJson(request, warmupSchema, MAX_BODY_BYTES);
  if (!body.ok) return sendText(response, body.status, body.message);
  const { tenant_id: tenantId, extension_id: extensionId, content_hash: hash } = body.value;
  const { live_component: liveKey, live_archive: archive, used_at: usedAt } = body.value;
  if (archive && !hash) return warmArchive(options, response, archive, began);
  if (liveKey && !hash) return warmLive(options, response, liveKey, began);
  if (!tenantId || !extensionId) {
    return sendText(response, 400, 'warmup unsupported without tenant + extension context');
  }
  try {
    const source = { tenantId, extensionId, ...(archive && { archive }) };
    const { hex, component, same } = await warm(options, source, body.value);
    // Whoever says when it was used knows that it is in use.
    if (usedAt == null) options.inUse.note({ tenantId, extensionId }, hash);
    const ms = Math.round(performance.now() - began);
    const answer: WarmupWireAnswer = { warm: true, content_hash: `sha256:${hex}`, component, ...same, ms };
    options.log.info({ tenant: tenantId, extension: extensionId, hash, ms }, 'warmup');
    sendJson(response, 200, answer);
  } catch (error) {
    const fetching = error instanceof BundleError;
    const code = fetching ? 'bundle_fetch_failed' : 'execute_failed';
    options.log.warn({ tenant: tenantId, extension: extensionId, hash, error: text(error) }, 'warmup failed');
    sendJson(response, fetching ? 502 : 500, { warm: false, code, error: `${code}: ${text(error)}` });
  }
}

/** A component that a dev server has left in the live folder: compiled, so that its first call is quick. */
async function warmLive(
  { live, engine }: WarmupRouteOptions,
  response: ServerResponse,
  key: string,
  began: number,
): Promise<void> {
  const executable = await live.find(key);
  if (executable === undefined)
    return sendJson(response, 404, { warm: false, code: 'live_component_missing' });
  try {
    await engine.prepare(executable);
    sendJson(response, 200, { warm: true, live_component: key, ms: Math.round(performance.now() - began) });
  } catch (error) {
    sendJson(response, 500, { warm: false, code: 'execute_failed', error: text(error) });
  }
}

/** The archive of a bundle that is still being compressed: unpacked, and its component compiled. */
async function warmArchive(
  { ahead }: WarmupRouteOptions,
  response: ServerResponse,
  name: string,
  began: number,
): Promise<void> {
  if (!(await ahead?.unpack(name))) {
    return sendJson(response, 404, { warm: false, code: 'live_archive_missing' });
  }
  sendJson(response, 200, { warm: true, live_archive: name, ms: Math.round(performance.now() - began) });
}

async function warm(
  options: WarmupRouteOptions,
  source: BundleSource,
  asked: z.infer<typeof warmupSchema>,
): Promise<{ hex: string; component: boolean; same: { same_as_live?: boolean } }> {
  const { cache, engine, live, sourceMapDir } = options;
  const { content_hash: hash, live_component: liveKey, used_at: usedAt } = asked;
  const lease = await cache.acquire(hash, source, usedAt ?? undefined);
  try {
    const executable = componentOf(lease.bundle, sourceMapDir);
    if (executable !== undefined) await engine.prepare(executable, usedAt ?? undefined);
    if (executable !== undefined && asked.instantiate) await instantiate(options, executable, source, hash);
    const shown = liveKey ? await live.find(liveKey) : undefined;
    const same = executable && shown ? { same_as_live: await engine.same(executable, shown) } : {};
    return { hex: lease.bundle.hex, component: executable !== undefined, same };
  } finally {
    lease.release();
  }
}

/** Makes an instance that is granted nothing. Throws why there is none; a busy runner says nothing about the component. */
async function instantiate(
  { engine, limits }: WarmupRouteOptions,
  executable: Executable,
  source: BundleSource,
  contentHash: string,
): Promise<void> {
  const { defaultTimeoutMs: timeoutMs, defaultMemoryMb: memoryMb } = limits;
  const outcome = await engine.tryStart(
    executable,
    { ...source, contentHash, config: {}, limits: { timeoutMs, memoryMb }, providers: new Set() },
    new AbortController().signal,
  );
  if (outcome.kind === 'failure' && outcome.code !== 'overloaded') throw new Error(outcome.message);
}
