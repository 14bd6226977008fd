import { z } from 'zod';
import { connectToHost } from '../../../host/client/index.js';
import type { Check } from '../../check.js';
import { ask, jsonOf } from '../../sources/http.js';
import { ifSeen } from '../../unseen.js';
import { registeredEndpoints } from '../registry/endpoints.js';
import { published } from '../registry/published-version.js';
import { componentRefusal } from '../runner/component.js';

/** What gateway and runner say when the handler itself was not reached or did not survive. */
const FAULTS =
  /^(?:bad_gateway|access_policy_unavailable|not_installed|extension_not_available|endpoint_not_found|engine_init_failed|bundle_fetch_failed|execute_failed|secret_decrypt_failed|overloaded)/;

const refusalSchema = z.object({ error: z.string() });

/** A call goes from the gateway through the runner into the handler and back. */
export const hostGatewayCheck: Check = {
  id: 'host.gateway',
  title: 'A real request reaches the handler',
  group: 'host',
  why: 'Every call of the page fails, whatever the handler does.',
  run: async (view, signal) => {
    const [origin, { registryId, entries }, runner, { version, manifest }] = await Promise.all([
      view.host(),
      view.sound(),
      view.runner(),
      published(view),
    ]);
    // Endpoints of a project without a handler are told by the project's shape.
    if (!entries.has('dist/main.wasm')) return [];
    const registered = registeredEndpoints(version);
    // A GET without parameters is one that a handler has to bear at any time.
    const endpoint = manifest.api?.endpoints.find(
      ({ method, path }) => method === 'GET' && !path.includes(':') && registered.has(`GET ${path}`),
    );
    if (endpoint === undefined || runner.health === undefined) return [];
    // Nobody can call a component that cannot be started, which is told by checks of its own.
    if ((await ifSeen(componentRefusal(view, signal))) !== undefined) return [];
    const answer = await ask(`${origin}/api/ext/${registryId}${endpoint.path}`, signal);
    const error = refusalSchema.safeParse(jsonOf(answer.body)).data?.error ?? '';
    // A handler that has not survived has no body; the cause is known to the session alone.
    const died = answer.status >= 500 && answer.body === '';
    if (answer.status < 400 || !(died || FAULTS.test(error))) return [];
    const why = died ? await causeOf(origin, registryId, endpoint.path) : error;
    return [
      {
        severity: 'problem',
        seen: `GET ${endpoint.path} is answered with ${answer.status} ${why}`,
        expected: "the handler's own answer",
        fix: {
          summary: 'See the request in alga dev, with the cause of the runner',
          command: 'press r in alga dev',
          safe: false,
        },
      },
    ];
  },
};

/** What the runner said of the last such call. */
async function causeOf(origin: string, registryId: string, path: string): Promise<string> {
  const records = await (await connectToHost({ origin })).recentRequests();
  const last = records.findLast((record) => record.registryId === registryId && record.path === path);
  return last?.runnerError?.slice(0, 200) ?? 'and nothing else';
}
