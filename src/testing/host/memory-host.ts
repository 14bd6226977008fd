import type { FetchRequest } from '../../../runner/src/capabilities/http-fetch.js';
import type { StorageEntry } from '../../../runner/src/capabilities/storage.js';
import type { ManifestEndpoint } from '../../project/types.js';
import type { TestClient, TestHost, TestInvoice, TestSchedule, TestService, TestUser } from '../api.js';
import { getClient, getService, listClients, listServices } from './directory.js';
import { createInvoice } from './invoicing.js';
import { ProgrammedOutbound } from './outbound.js';
import { MemoryScheduler } from './scheduler.js';
import { MemoryStorage } from './storage.js';

const USER: TestUser = {
  userId: '00000000-0000-4000-8000-0000000000a1',
  userEmail: 'test@example.com',
  userName: 'Test User',
  userType: 'internal',
  clientName: '',
};

type HostFunction = (args: readonly unknown[]) => unknown;

/** All services of the host for one install, in memory. */
export class MemoryHost implements TestHost {
  readonly tenantId = '00000000-0000-4000-8000-000000000001';
  readonly extensionId: string;
  readonly installId = '00000000-0000-4000-8000-000000000002';
  readonly secrets = new Map<string, string>();
  readonly storage = new MemoryStorage();
  readonly http = new ProgrammedOutbound('http');
  readonly uiProxy = new ProgrammedOutbound('uiProxy');
  readonly clients: TestClient[] = [];
  readonly services: TestService[] = [];
  readonly invoices: TestInvoice[] = [];
  user: TestUser | undefined = { ...USER };
  readonly #scheduler: MemoryScheduler;
  readonly #functions: ReadonlyMap<string, HostFunction>;

  constructor(extension: { registryId: string; endpoints: readonly ManifestEndpoint[] }) {
    this.extensionId = extension.registryId;
    this.#scheduler = new MemoryScheduler(extension.endpoints);
    this.#functions = this.#hostFunctions();
  }

  get schedules(): TestSchedule[] {
    return this.#scheduler.schedules;
  }

  reset(): void {
    this.user = { ...USER };
    this.secrets.clear();
    this.storage.clear();
    this.http.clear();
    this.uiProxy.clear();
    this.#scheduler.clear();
    for (const list of [this.clients, this.services, this.invoices]) list.length = 0;
  }

  /** Runs `interface#function` for the guest, once its capability has been checked. */
  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    const run = this.#functions.get(name);
    if (run === undefined) throw new Error(`no host function ${name}`);
    return await run(args);
  }

  /** The arguments have the types of the guest interface: the engine has checked them on the way in. */
  #hostFunctions(): ReadonlyMap<string, HostFunction> {
    const { storage, http, uiProxy, clients, services, invoices } = this;
    const scheduler = this.#scheduler;
    return new Map<string, HostFunction>([
      ['storage#get', ([namespace, key]) => storage.read(String(namespace), String(key))],
      ['storage#put', ([entry]) => storage.put(entry as StorageEntry)],
      ['storage#delete', ([namespace, key]) => storage.remove(String(namespace), String(key))],
      ['storage#list-entries', ([namespace, cursor]) => storage.list(String(namespace), textOr(cursor))],
      ['http#fetch', ([request]) => http.fetch(request as FetchRequest)],
      [
        'ui-proxy#call-route',
        ([route, payload]) => uiProxy.callRoute(String(route), payload as Uint8Array | undefined),
      ],
      ['scheduler#list-schedules', () => scheduler.list()],
      ['scheduler#get-schedule', ([id]) => scheduler.get(String(id))],
      ['scheduler#create-schedule', ([input]) => scheduler.create(input as object)],
      ['scheduler#update-schedule', ([id, input]) => scheduler.update(String(id), input as object)],
      ['scheduler#delete-schedule', ([id]) => scheduler.remove(String(id))],
      ['scheduler#get-endpoints', () => scheduler.endpoints()],
      ['invoicing#create-manual-invoice', ([input]) => createInvoice(invoices, input as TestInvoice)],
      ['clients#list-clients', ([filters]) => listClients(clients, filters as object)],
      ['clients#get-client', ([id]) => getClient(clients, String(id))],
      ['services#list-services', ([filters]) => listServices(services, filters as object)],
      ['services#get-service', ([id]) => getService(services, String(id))],
    ]);
  }
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
