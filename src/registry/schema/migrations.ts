import { EXTENSION_TABLES, INSTALL_TABLES } from './extension-tables.js';
import { RECORD_TABLES } from './record-tables.js';
import { BUSINESS_TABLES, TENANT_TABLES } from './tenant-tables.js';

/** One step of the embedded database's schema. A released step is never edited; a new one is added. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: string;
}

/** All migrations of the embedded database, in order. What was released is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'tenants, users and rights', statements: TENANT_TABLES },
  { version: 2, name: 'clients, services and invoices', statements: BUSINESS_TABLES },
  { version: 3, name: 'extensions, versions, bundles, endpoints', statements: EXTENSION_TABLES },
  { version: 4, name: 'installs', statements: INSTALL_TABLES },
  { version: 5, name: 'storage, execution log, quota', statements: RECORD_TABLES },
];
