import { setMaxListeners } from 'node:events';
import { request } from 'node:http';
import { z } from 'zod';
import { within } from '../../core/process.js';

/** What answers for an extension of a tenant at the moment; the body that makes a runner ready for it. */
export const usedBundleSchema = z.object({
  tenant_id: z.string(),
  extension_id: z.string(),
  content_hash: z.string(),
  live_component: z.string().optional(),
});

export type UsedBundle = z.infer<typeof usedBundleSchema>;

/** What a runner is sent to make a bundle ready. */
interface WarmUp extends UsedBundle {
  /** Unix milliseconds: where there is no room for all, what was used last stays. */
  readonly used_at: number;
}

/** Extensions that are made ready before a switch; the ones used longest ago have to wait for their call. */
const MAX_EXTENSIONS = 32;

/** Longest a switch waits for them. */
const WARM_UP_MS = 5_000;

/** Remembers, over the lives of runner processes, what the next one should have ready. */
export class UsedBundles {
  /** In the order of their last use. */
  readonly #byExtension = new Map<string, WarmUp>();

  note(bundle: UsedBundle): void {
    const key = JSON.stringify([bundle.tenant_id, bundle.extension_id]);
    this.#byExtension.delete(key);
    this.#byExtension.set(key, { ...bundle, used_at: Date.now() });
    const [oldest] = this.#byExtension.keys();
    if (this.#byExtension.size > MAX_EXTENSIONS && oldest !== undefined) this.#byExtension.delete(oldest);
  }

  /**
   * Has the runner at a loopback port fetch and compile all of them, the latest first. Bounded in time;
   * never rejects, as what cannot be made ready says so at its first call. Gives whether the runner
   * kept every connection it took.
   */
  async warmUp(port: number, signal: AbortSignal): Promise<boolean> {
    const bodies = [...this.#byExtension.values()].reverse().flatMap(warmUpBodies);
    if (bodies.length === 0) return true;
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const stop = (): void => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    const all = Promise.all(bodies.map((body) => post(port, body, over.signal)));
    const kept = await within(all, WARM_UP_MS);
    over.abort();
    signal.removeEventListener('abort', stop);
    return kept?.every((each) => each) ?? true;
  }
}

/** A live component answers before its bundle, which is what is left when it goes. */
function warmUpBodies(bundle: WarmUp): WarmUp[] {
  const { live_component: live, ...published } = bundle;
  return live === undefined ? [published] : [bundle, published];
}

/** Gives false when the connection broke before an answer. */
function post(port: number, body: WarmUp, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/warmup', method: 'POST', agent: false, signal };
    const asked = request({ ...options, headers: { 'content-type': 'application/json' } }, (response) => {
      response.on('error', () => undefined);
      response.resume().once('close', () => resolve(true));
    });
    asked.once('error', () => resolve(signal.aborted));
    asked.end(JSON.stringify(body));
  });
}
