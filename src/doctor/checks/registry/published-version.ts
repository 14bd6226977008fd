import { validateManifest } from '../../../project/index.js';
import type { Fix } from '../../check.js';
import type { View } from '../../view.js';

type Version = Awaited<ReturnType<View['installed']>>['version'];

/** The installed version and the manifest in its bundle. */
export async function published(view: View): Promise<{
  version: Version;
  manifest: ReturnType<typeof validateManifest>['manifest'];
}> {
  const { version, entries } = await view.sound();
  const text = Buffer.from(entries.get('manifest.json') ?? '{}').toString('utf8');
  return { version, manifest: validateManifest(text, 'manifest.json').manifest };
}

/** Sets one column of a version to what its manifest says; `what` names that for people. */
export function renewedColumn(
  version: Version,
  column: 'api_endpoints' | 'capabilities' | 'ui',
  value: unknown,
  what: string,
): Fix {
  return {
    summary: `Register the ${what} of the published manifest`,
    command: 'alga doctor --fix',
    safe: true,
    plan: async () => [
      {
        kind: 'row',
        table: 'extension_version',
        id: version.id,
        before: { [column]: version[column] },
        after: { [column]: value },
      },
    ],
  };
}
