import { z } from 'zod';
import type { RegistryId } from '../../core/ids.js';
import type { Sql } from '../database/sql.js';
import { type ExtensionName, proposedIds } from './row-ids.js';

const versionRow = z.object({ id: z.string(), version: z.string() });

/**
 * The concrete version for a manifest's version. `X.Y.*` becomes the next free patch, pre-releases
 * ignored. When the highest patch was made by a development tool (its id tells), that one is used
 * again: otherwise every save would make a new version.
 */
export async function resolveVersion(
  sql: Sql,
  registryId: RegistryId,
  extension: ExtensionName,
  version: string,
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
  if (highest.id === proposedIds(extension).version(highest.version)) return highest.version;
  return `${line}${highest.patch + 1}`;
}
