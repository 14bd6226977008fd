import { z } from 'zod';
import type { Check } from '../../check.js';
import { ask, jsonOf } from '../../sources/http.js';
import type { View } from '../../view.js';
import { componentFault } from '../project/component.js';
import { pageAnswer } from './bundle.js';
import { fitRunner } from './fit.js';

const refusalSchema = z.object({ error: z.string() });

/** The runner can compile and start the component of the active bundle. */
export const runnerComponentCheck: Check = {
  id: 'runner.component',
  title: 'The runner takes the component of the active bundle',
  group: 'runner',
  why: 'Every call is answered with 500 execute_failed.',
  run: async (view, signal) => {
    // What the component itself shows to be wrong is told without a runner.
    const [refused, shown, { hash }] = await Promise.all([
      componentRefusal(view, signal),
      componentFault(view),
      view.sound(),
    ]);
    if (refused === undefined || shown !== undefined) return [];
    return [
      {
        severity: 'problem',
        seen: refused.slice(0, 300),
        expected: 'it fetches, unpacks, compiles and starts the bundle',
        fix: {
          summary: `Build and publish the handler again; if that changes nothing, remove .alga/runner-cache/${hash.slice('sha256:'.length)} and press R`,
          command: 'press r in alga dev',
          safe: false,
          inSession: 'rebuild',
        },
      },
    ];
  },
};

/** Why the runner does not take the component of the active bundle; undefined when it does, or has nothing to say. */
export function componentRefusal(view: View, signal: AbortSignal): Promise<string | undefined> {
  return view.part('component at the runner', async () => {
    const [{ url, health }, sound] = await Promise.all([fitRunner(view), view.sound()]);
    const { tenantId, registryId, hash, entries } = sound;
    // Only a runner that says it can be warmed can be asked without calling the handler.
    if (!health.features.includes('warmup') || !entries.has('dist/main.wasm')) return undefined;
    // A bundle it cannot have at all is told by its page.
    if (((await pageAnswer(view, signal))?.status ?? 200) !== 200) return undefined;
    const ids = { tenant_id: tenantId, extension_id: registryId, content_hash: hash };
    const answer = await ask(`${url}/warmup`, signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ids, instantiate: true }),
    });
    if (answer.status < 400) return undefined;
    return refusalSchema.safeParse(jsonOf(answer.body)).data?.error ?? `HTTP ${answer.status}`;
  });
}
