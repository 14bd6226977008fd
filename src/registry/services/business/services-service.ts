import { z } from 'zod';
import { type Database, firstRow } from '../../database/sql.js';
import { type Page, readPage } from './page-read.js';
import { containing, openRead, pageFields, uuidField } from './read-access.js';

const serviceRow = z
  .object({
    service_id: z.string(),
    service_name: z.string(),
    item_kind: z.string(),
    billing_method: z.string(),
    custom_service_type_id: z.string().nullable(),
    service_type_name: z.string().nullable(),
    default_rate: z.coerce.number(),
    unit_of_measure: z.string(),
    is_active: z.boolean(),
    sku: z.string().nullable(),
  })
  .transform((row) => ({
    serviceId: row.service_id,
    serviceName: row.service_name,
    itemKind: row.item_kind,
    billingMethod: row.billing_method,
    serviceTypeId: row.custom_service_type_id,
    serviceTypeName: row.service_type_name,
    /** In minor currency units. */
    defaultRate: row.default_rate,
    unitOfMeasure: row.unit_of_measure,
    isActive: row.is_active,
    sku: row.sku,
  }));

export type ServiceInfo = z.infer<typeof serviceRow>;

/** The catalogue of the install's tenant. `body` is the request body; see `openRead` for what is refused. */
export interface CatalogueService {
  list(installId: string, body: unknown): Promise<Page<ServiceInfo>>;
  get(installId: string, body: unknown): Promise<{ item: ServiceInfo | null }>;
}

const ACCESS = { capability: 'cap:service.read', permission: 'service:read' };
const listInput = z.object({
  ...pageFields,
  itemKind: z.enum(['service', 'product']).optional(),
  isActive: z.boolean().optional(),
  billingMethod: z.enum(['fixed', 'hourly', 'usage']).optional(),
});
const getInput = z.object({ serviceId: uuidField });

const SERVICES = {
  row: serviceRow,
  columns: `s.service_id, s.service_name, s.item_kind, s.billing_method, s.custom_service_type_id,
    t.name AS service_type_name, s.default_rate, s.unit_of_measure, s.is_active, s.sku`,
  from: `FROM service_catalog s
    LEFT JOIN service_types t ON t.tenant = s.tenant AND t.id = s.custom_service_type_id`,
  filter: `s.tenant = $1 AND ($2::text IS NULL OR s.item_kind = $2)
    AND ($3::boolean IS NULL OR s.is_active = $3) AND ($4::text IS NULL OR s.billing_method = $4)
    AND ($5::text IS NULL OR s.service_name ILIKE $5 OR s.description ILIKE $5 OR s.sku ILIKE $5)`,
  order: 's.service_name, s.service_id',
};

/** Makes the {@link CatalogueService} of a database. */
export function createCatalogueService(database: Database): CatalogueService {
  return {
    list: async (installId, body) => {
      const { install, input } = await openRead(database, installId, body, listInput, ACCESS);
      const { itemKind = null, isActive = null, billingMethod = null, search } = input;
      return await readPage(
        database,
        { ...SERVICES, values: [install.tenantId, itemKind, isActive, billingMethod, containing(search)] },
        input,
      );
    },
    get: async (installId, body) => {
      const { install, input } = await openRead(database, installId, body, getInput, ACCESS);
      const text = `SELECT ${SERVICES.columns} ${SERVICES.from} WHERE s.tenant = $1 AND s.service_id = $2`;
      return {
        item: (await firstRow(database, serviceRow, text, [install.tenantId, input.serviceId])) ?? null,
      };
    },
  };
}
