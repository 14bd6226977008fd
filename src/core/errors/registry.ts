import { spec } from './define.js';

/** Errors of the `registry` room. See `catalogue.ts` for how they are joined. */
export const registryErrors = {
  REGISTRY_NOT_DEVELOPMENT: spec<{ host: string }>(
    2,
    (p) => `The database is on ${p.host}, which is not this machine; nothing was sent to it.`,
    () => 'Only databases of this machine are written to. Use the embedded stack: alga dev --stack embedded',
  ),
  REGISTRY_NOT_EMBEDDED: spec<{ database: string }>(
    3,
    (p) => `The database ${p.database} was not made by alga and will not be changed by it.`,
    () => 'Only the embedded stack has its schema prepared: alga dev --stack embedded',
  ),
  REGISTRY_SCHEMA_NEWER: spec<{ found: number; known: number }>(
    3,
    (p) => `The embedded database has schema ${p.found}, this alga knows schemas up to ${p.known}.`,
    () => 'Update alga, or start over with an empty database: alga stack reset',
  ),
  REGISTRY_ADDRESS_INVALID: spec<{ detail: string }>(
    2,
    (p) => `The database address cannot be read: ${p.detail}.`,
    () => 'It looks like postgresql://user:password@localhost:5432/server',
  ),
  REGISTRY_UNREACHABLE: spec<{ database: string; detail: string }>(
    3,
    (p) => `The database ${p.database} does not answer (${p.detail}).`,
    () => 'See what the stack is doing with: alga stack status',
  ),
  REGISTRY_ACCESS_DENIED: spec<{ database: string; detail: string }>(
    3,
    (p) => `The database ${p.database} refuses us: ${p.detail}.`,
    () => 'Check user, password and rights of the database user, then run: alga doctor',
  ),
  REGISTRY_DATABASE_MISSING: spec<{ database: string }>(
    3,
    (p) => `The database ${p.database} does not exist.`,
    () => 'Check the name. The embedded stack makes its own: alga stack reset',
  ),
  REGISTRY_SCHEMA_MISSING: spec<{ database: string; detail: string }>(
    3,
    (p) => `The database ${p.database} lacks a table or column of the extension registry (${p.detail}).`,
    () => 'Run the Enterprise migrations of Alga PSA, or use the embedded stack. Details: alga doctor',
  ),
  REGISTRY_BUSY: spec<{ database: string; detail: string }>(
    3,
    (p) => `The database ${p.database} is busy: ${p.detail}.`,
    () => 'Another program holds a lock. Save again; if it stays, run: alga doctor',
  ),
  REGISTRY_ROW_UNEXPECTED: spec<{ detail: string }>(
    3,
    (p) => `The database holds a row that cannot be right: ${p.detail}.`,
    () => 'Find the row with: alga doctor',
  ),
  REGISTRY_FAILED: spec<{ database: string; detail: string }>(
    3,
    (p) => `The database ${p.database} refused a statement: ${p.detail}.`,
    () => 'Compare the schema with: alga doctor',
  ),
  REGISTRY_TENANT_UNKNOWN: spec<{ tenant: string }>(
    2,
    (p) => `The tenant ${p.tenant} is not in the database.`,
    () => 'Name one that is: alga dev --tenant <id>',
  ),
  REGISTRY_PRODUCT_DENIED: spec<{ tenant: string; product: string }>(
    2,
    (p) => `The tenant ${p.tenant} runs the product ${p.product}, which has no extensions.`,
    () => 'Use a tenant of the product psa: alga dev --tenant <id>',
  ),
  REGISTRY_BUNDLE_UNKNOWN: spec<{ contentHash: string }>(
    1,
    (p) => `This version has no bundle ${p.contentHash}.`,
    () => 'Choose one from the list of versions on the extension page.',
  ),
  REGISTRY_VERSION_EXISTS: spec<{ extension: string; version: string }>(
    1,
    (p) => `${p.extension} ${p.version} is already published.`,
    () => 'Raise the version in manifest.json and build again.',
  ),
  REGISTRY_VERSION_UNKNOWN: spec<{ version: string }>(
    1,
    (p) => `The extension has no version ${p.version}.`,
    () => 'Choose one from the list of versions on the extension page.',
  ),
  REGISTRY_INSTALL_UNKNOWN: spec<{ install: string }>(
    1,
    (p) => `There is no install ${p.install}.`,
    () => 'Install the extension first: alga dev',
  ),
  REGISTRY_SEALING_KEY_UNUSABLE: spec<{ path: string; detail: string }>(
    3,
    (p) => `The key that seals secrets at rest cannot be used: ${p.path} ${p.detail}.`,
    (p) => `Restore the file, or remove ${p.path} and set the secrets again.`,
  ),
} as const;
