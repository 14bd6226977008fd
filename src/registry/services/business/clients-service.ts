import { z } from 'zod';
import { type Database, firstRow } from '../../database/sql.js';
import { internalError } from '../service-install.js';
import type { ServiceQuirks } from '../service-quirks.js';
import { type Page, readPage } from './page-read.js';
import { containing, openRead, pageFields, uuidField } from './read-access.js';

const clientRow = z
  .object({
    client_id: z.string(),
    client_name: z.string(),
    client_type: z.string().nullable(),
    is_inactive: z.boolean(),
    default_currency_code: z.string().nullable(),
    account_manager_id: z.string().nullable(),
    account_manager_name: z.string().nullable(),
    billing_email: z.string().nullable(),
  })
  .transform((row) => ({
    clientId: row.client_id,
    clientName: row.client_name,
    clientType: row.client_type,
    isInactive: row.is_inactive,
    defaultCurrencyCode: row.default_currency_code,
    accountManagerId: row.account_manager_id,
    accountManagerName: row.account_manager_name,
    billingEmail: row.billing_email,
  }));

export type ClientInfo = z.infer<typeof clientRow>;

/** Clients of the install's tenant. `body` is the request body; see `openRead` for what is refused. */
export interface ClientsService {
  list(installId: string, body: unknown): Promise<Page<ClientInfo>>;
  get(installId: string, body: unknown): Promise<{ item: ClientInfo | null }>;
}

const ACCESS = { capability: 'cap:client.read', permission: 'client:read' };
const listInput = z.object({ ...pageFields, includeInactive: z.boolean().default(false) });
const getInput = z.object({ clientId: uuidField });

const CLIENTS = {
  row: clientRow,
  columns: `c.client_id, c.client_name, c.client_type, c.is_inactive, c.default_currency_code,
    c.account_manager_id, nullif(btrim(concat_ws(' ', u.first_name, u.last_name)), '') AS account_manager_name,
    c.billing_email`,
  from: 'FROM clients c LEFT JOIN users u ON u.tenant = c.tenant AND u.user_id = c.account_manager_id',
  filter: `c.tenant = $1 AND ($2 OR NOT c.is_inactive)
    AND ($3::text IS NULL OR c.client_name ILIKE $3 OR c.billing_email ILIKE $3)`,
  order: 'c.client_name, c.client_id',
};

/** Makes the {@link ClientsService} of a database. */
export function createClientsService(database: Database, options: ServiceQuirks = {}): ClientsService {
  return {
    list: async (installId, body) => {
      const { install, input } = await openRead(database, installId, body, listInput, ACCESS);
      // The product compares the uuid column with the pattern, which its database refuses.
      if (options.quirks && containing(input.search) !== null) throw internalError();
      return await readPage(
        database,
        { ...CLIENTS, values: [install.tenantId, input.includeInactive, containing(input.search)] },
        input,
      );
    },
    get: async (installId, body) => {
      const { install, input } = await openRead(database, installId, body, getInput, ACCESS);
      const text = `SELECT ${CLIENTS.columns} ${CLIENTS.from} WHERE c.tenant = $1 AND c.client_id = $2`;
      return {
        item: (await firstRow(database, clientRow, text, [install.tenantId, input.clientId])) ?? null,
      };
    },
  };
}
