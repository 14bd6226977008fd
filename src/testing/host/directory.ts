import { err, ok, type Result } from '../../../runner/src/capabilities/result.js';
import type { TestClient, TestService } from '../api.js';

type ReadError = 'not-allowed' | 'invalid-input' | 'internal';

interface ListInput {
  readonly search?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

interface ClientFilters extends ListInput {
  readonly includeInactive?: boolean;
}

interface ServiceFilters extends ListInput {
  readonly itemKind?: string;
  readonly isActive?: boolean;
  readonly billingMethod?: string;
}

interface Page<T> {
  readonly items: T[];
  readonly totalCount: number;
  readonly page: number;
  readonly pageSize: number;
}

const MAX_PAGE_SIZE = 100;

/** `clients.list-clients`: active ones by name, unless the inactive are wanted as well. */
export function listClients(
  clients: readonly TestClient[],
  filters: ClientFilters,
): Result<Page<object>, ReadError> {
  const found = clients
    .map(completeClient)
    .filter((client) => filters.includeInactive === true || !client.isInactive)
    .filter(({ clientName }) => matches(clientName, filters.search))
    .sort((a, b) => order(a.clientName, b.clientName));
  return pageOf(found, filters);
}

/** `clients.get-client`. */
export function getClient(
  clients: readonly TestClient[],
  clientId: string,
): Result<object | undefined, ReadError> {
  const found = clients.find((client) => client.clientId === clientId);
  return ok(found === undefined ? undefined : completeClient(found));
}

/** `services.list-services`, by name. */
export function listServices(
  services: readonly TestService[],
  filters: ServiceFilters,
): Result<Page<object>, ReadError> {
  const { itemKind, isActive, billingMethod, search } = filters;
  const found = services
    .map(completeService)
    .filter((service) => itemKind === undefined || service.itemKind === itemKind)
    .filter((service) => isActive === undefined || service.isActive === isActive)
    .filter((service) => billingMethod === undefined || service.billingMethod === billingMethod)
    .filter(({ serviceName, sku }) => matches(serviceName, search) || matches(sku ?? '', search))
    .sort((a, b) => order(a.serviceName, b.serviceName));
  return pageOf(found, filters);
}

/** `services.get-service`. */
export function getService(
  services: readonly TestService[],
  serviceId: string,
): Result<object | undefined, ReadError> {
  const found = services.find((service) => service.serviceId === serviceId);
  return ok(found === undefined ? undefined : completeService(found));
}

function completeClient(client: TestClient) {
  return { ...client, isInactive: client.isInactive ?? false };
}

function completeService(service: TestService) {
  return {
    ...service,
    itemKind: service.itemKind ?? 'service',
    billingMethod: service.billingMethod ?? 'fixed',
    defaultRate: service.defaultRate ?? 0,
    unitOfMeasure: service.unitOfMeasure ?? '',
    isActive: service.isActive ?? true,
  };
}

function pageOf<T>(found: readonly T[], { page = 1, pageSize = 25 }: ListInput): Result<Page<T>, ReadError> {
  if (page < 1 || pageSize < 1 || pageSize > MAX_PAGE_SIZE) return err('invalid-input');
  const from = (page - 1) * pageSize;
  return ok({ items: found.slice(from, from + pageSize), totalCount: found.length, page, pageSize });
}

function matches(text: string, search: string | undefined): boolean {
  return search === undefined || text.toLowerCase().includes(search.toLowerCase());
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
