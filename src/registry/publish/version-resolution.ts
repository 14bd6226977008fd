import { z } from 'zod';
import type { RegistryId } from '../../core/ids.js';
import type { Sql } from '../database/sql.js';
import { type ExtensionName, proposedIds } from './row-ids.js';

const versionRow = z.object({ id: z.string(), version: z.string() });

/**
 * The concrete version for a manifest's version. `X.Y.*` becomes the next free patch, pre-releases
 * ignored. `reuse`: when the highest patch was made by a development tool (its id tells), that one is
 * used again, or every save would make a new version. `next`: always a new one, for a release.
 */
export async function resolveVersion(
  sql: Sql,
  registryId: RegistryId,
  extension: ExtensionName,
  version: string,
  mode: 'reuse' | 'next' = 'reuse',
): Promise<string> {
  if (!version.endsWith('.*')) return version;
  const line = version.slice(0, -1);
  const existing = await sql.rows(
    versionRow,
    'SELECT id, version FROM extension_version WHERE registry_id = $1',
    [registryId],
  );
  const patches = existing
    .filter((row) => row.version.startsWith(line) && /^\d+$/.test(row.version.slice(line.length)))
    .map((row) => ({ ...row, patch: Number(row.version.slice(line.length)) }))
    .sort((a, b) => b.patch - a.patch);
  const [highest] = patches;
  if (highest === undefined) return `${line}0`;
  const developed = highest.id === proposedIds(extension).version(highest.version);
  if (developed && mode === 'reuse') return highest.version;
  return `${line}${highest.patch + 1}`;
}
