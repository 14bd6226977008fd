import { z } from 'zod';
import type { Check } from '../../check.js';
import { published, renewedColumn } from './published-version.js';

const endpointsSchema = z
  .array(
    z
      .object({ method: z.string().trim(), path: z.string().trim(), handler: z.string().trim().min(1) })
      .optional()
      .catch(undefined),
  )
  .catch([]);

type Endpoint = { readonly method: string; readonly path: string };

const nameOf = ({ method, path }: Endpoint): string => `${method.toUpperCase()} ${path.trim()}`;

/** Endpoints at which the gateway lets calls pass, as `GET /path`. */
export function registeredEndpoints({ api_endpoints }: { api_endpoints: unknown }): ReadonlySet<string> {
  const listed = endpointsSchema.parse(api_endpoints);
  return new Set(listed.flatMap((endpoint) => (endpoint === undefined ? [] : [nameOf(endpoint)])));
}

/** The registered version has the endpoints of its manifest. */
export const registryEndpointsCheck: Check = {
  id: 'registry.endpoints',
  title: 'The endpoints of the published manifest are registered',
  group: 'registry',
  why: 'The gateway answers 404 endpoint_not_found: it looks at api_endpoints, not at the manifest.',
  run: async (view) => {
    const { version, manifest } = await published(view);
    const wanted = manifest.api?.endpoints ?? [];
    const registered = registeredEndpoints(version);
    const missing = wanted.map(nameOf).filter((name) => !registered.has(name));
    if (missing.length === 0) return [];
    const after = wanted.map(({ method, path, handler }) => ({ method, path, handler }));
    return [
      {
        severity: 'problem',
        seen: `version ${version.version} has no ${missing.join(', ')} in api_endpoints`,
        expected: `the endpoints of the published manifest: ${wanted.map(nameOf).join(', ')}`,
        fix: renewedColumn(version, 'api_endpoints', after, 'endpoints'),
      },
    ];
  },
};
