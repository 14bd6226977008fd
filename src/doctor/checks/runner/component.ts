import { z } from 'zod';
import type { Check } from '../../check.js';
import { ask, jsonOf } from '../../sources/http.js';
import { pageAnswer } from './bundle.js';
import { fitRunner } from './fit.js';

const refusalSchema = z.object({ error: z.string() });

/** The runner can compile the component of the active bundle. */
export const runnerComponentCheck: Check = {
  id: 'runner.component',
  title: 'The runner takes the component of the active bundle',
  group: 'runner',
  why: 'Every call is answered with 500 execute_failed.',
  run: async (view, signal) => {
    const [{ url, health }, sound] = await Promise.all([fitRunner(view), view.sound()]);
    const { tenantId, registryId, hash, entries } = sound;
    // Only a runner that says it can be warmed can be asked without calling the handler.
    if (!health.features.includes('warmup') || !entries.has('dist/main.wasm')) return [];
    // A bundle it cannot have at all is told by its page.
    if (((await pageAnswer(view, signal))?.status ?? 200) !== 200) return [];
    const answer = await ask(`${url}/warmup`, signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant_id: tenantId, extension_id: registryId, content_hash: hash }),
    });
    if (answer.status < 400) return [];
    const error = refusalSchema.safeParse(jsonOf(answer.body)).data?.error ?? `HTTP ${answer.status}`;
    return [
      {
        severity: 'problem',
        seen: error.slice(0, 300),
        expected: 'it fetches, unpacks and compiles the bundle',
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
