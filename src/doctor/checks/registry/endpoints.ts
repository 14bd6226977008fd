import { z } from 'zod';
import { validateManifest } from '../../../project/index.js';
import type { Check } from '../../check.js';
import type { View } from '../../view.js';

const listSchema = z.array(z.unknown()).catch([]);

/** The registered version has the endpoints of its manifest. */
export const registryEndpointsCheck: Check = {
  id: 'registry.endpoints',
  title: 'The endpoints of the published manifest are registered',
  group: 'registry',
  why: 'The gateway answers 404 endpoint_not_found to every call: it looks at api_endpoints, not at the manifest.',
  run: async (view) => {
    const { version, manifest } = await published(view);
    const wanted = manifest.api?.endpoints ?? [];
    if (wanted.length === 0 || listSchema.parse(version.api_endpoints).length > 0) return [];
    const after = wanted.map(({ method, path, handler }) => ({ method, path, handler }));
    return [
      {
        severity: 'problem',
        seen: `version ${version.version} has no api_endpoints`,
        expected: `the ${wanted.length} endpoints of the published manifest`,
        fix: {
          summary: 'Register the endpoints of the published manifest',
          command: 'alga doctor --fix',
          safe: true,
          plan: async () => [
            {
              kind: 'row',
              table: 'extension_version',
              id: version.id,
              before: { api_endpoints: version.api_endpoints },
              after: { api_endpoints: after },
            },
          ],
        },
      },
    ];
  },
};

/** The installed version and the manifest in its bundle. */
export async function published(view: View): Promise<{
  version: Awaited<ReturnType<View['installed']>>['version'];
  manifest: ReturnType<typeof validateManifest>['manifest'];
}> {
  const { version, entries } = await view.sound();
  const text = Buffer.from(entries.get('manifest.json') ?? '{}').toString('utf8');
  return { version, manifest: validateManifest(text, 'manifest.json').manifest };
}
