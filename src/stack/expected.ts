import { connectionString } from './embedded/postgres/address.js';
import { storeConfig } from './embedded/store-options.js';
import { absoluteEnvironment, layoutFor } from './folder/layout.js';
import { readCredentials, readPorts } from './folder/settings.js';
import type { Stack, StackKind } from './types.js';

/** Where the services of a stack are reached. */
export type StackAddresses = Pick<Stack, 'database' | 'store'>;

/**
 * Where this user's embedded stack was the last time: its ports are taken again when they are free, its secrets stay. What
 * only needs to know the addresses can get ready while the services come up. Undefined before the first start.
 */
export async function expectedAddresses({
  kind,
  env,
}: {
  readonly kind: StackKind;
  readonly env: NodeJS.ProcessEnv;
}): Promise<StackAddresses | undefined> {
  if (kind !== 'embedded') return undefined;
  const layout = layoutFor(absoluteEnvironment(env));
  // What is damaged is told by the stack itself when it starts.
  const credentials = await readCredentials(layout.credentials).catch(() => undefined);
  const { database, store } = await readPorts(layout.ports);
  if (!credentials || !database || !store) return undefined;
  return {
    database: { connectionString: connectionString(database, credentials.databasePassword) },
    store: storeConfig(store, credentials),
  };
}
