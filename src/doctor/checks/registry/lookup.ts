import type { InstallRow, Rows, VersionRow } from '../../sources/rows.js';
import type { View } from '../../view.js';

/** What is registered of the project's extension, whoever has it installed. */
export interface Registered {
  readonly tenantId: string;
  readonly registryId: string;
  readonly rows: Rows;
  readonly versions: readonly VersionRow[];
  readonly installs: readonly InstallRow[];
}

/** The registered extension; undefined while it is not registered. */
export async function registered(view: View): Promise<Registered | undefined> {
  const [rows, { identity }, tenantId] = await Promise.all([view.rows(), view.project(), view.tenantId()]);
  const registry = rows.registries.find(
    ({ publisher, name }) => publisher === identity.publisher && name === identity.name,
  );
  if (registry === undefined) return undefined;
  const versions = rows.versions.filter((row) => row.registry_id === registry.id);
  const installs = rows.installs.filter((row) => row.registry_id === registry.id);
  return { tenantId, registryId: registry.id, rows, versions, installs };
}
