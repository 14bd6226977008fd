/** A small working use of a capability: a module, the endpoint that calls it, and what a test sees. */
export interface CapabilityUse {
  readonly method: 'GET' | 'POST';
  /** Last part of the endpoint's path, and the name of module and test. */
  readonly name: string;
  /** The function that the handler calls; it is given the request when `takesRequest` says so. */
  readonly calls: string;
  readonly takesRequest?: true;
  /** Under which its result stands in the answer. */
  readonly key: string;
  /** Text of the module; what stands between `«` and `»` is for TypeScript only. */
  readonly module: string;
  readonly test: readonly string[];
  /** What the author has to know beyond it. */
  readonly note?: string;
}

/** What `alga add capability` writes for each name the product knows. */
export const CAPABILITY_USES: Readonly<Record<string, CapabilityUse>> = {
  'cap:context.read': {
    ...{ method: 'GET', name: 'installation', calls: 'installation', key: 'installation' },
    module: `import { getContext } from 'alga:extension/context';

/** Which installation this is, of which tenant. */
export function installation()«: { tenantId: string; installId?: string | undefined }» {
  const { tenantId, installId } = getContext();
  return { tenantId, installId };
}
`,
    test: [
      "const answer = await extension.call('GET', '/api/installation');",
      'const { tenantId, installId } = extension.host;',
      'expect(answer.json()).toEqual({ installation: { tenantId, installId } });',
    ],
  },
  'cap:log.emit': {
    ...{ method: 'POST', name: 'log-line', calls: 'writeLine', key: 'written' },
    module: `import { logInfo } from 'alga:extension/logging';

/** Writes a line into the log of the installation. */
export function writeLine()«: string» {
  const line = 'Written by POST /api/log-line';
  logInfo(line);
  return line;
}
`,
    test: [
      "const answer = await extension.call('POST', '/api/log-line');",
      "expect(answer.json()).toEqual({ written: 'Written by POST /api/log-line' });",
      "expect(answer.logs.map(({ text }) => text)).toContain('Written by POST /api/log-line');",
    ],
  },
  'cap:user.read': {
    ...{ method: 'GET', name: 'current-user', calls: 'currentUser', key: 'user' },
    module: `import { getUser } from 'alga:extension/user-v2';

/** Name of whoever is signed in; null for nobody, as in a scheduled call. */
export function currentUser()«: string | null» {
  try {
    return getUser().userName;
  } catch {
    return null;
  }
}
`,
    test: [
      "const signedIn = await extension.call('GET', '/api/current-user');",
      "expect(signedIn.json()).toEqual({ user: 'Test User' });",
      "const nobody = await extension.call('GET', '/api/current-user', { user: null });",
      'expect(nobody.json()).toEqual({ user: null });',
    ],
  },
  'cap:secrets.get': {
    ...{ method: 'GET', name: 'secret-names', calls: 'secretNames', key: 'secrets' },
    module: `import { listKeys } from 'alga:extension/secrets';

/** Names of the secrets of the installation. A value is read by \`get(name)\` and never leaves the handler. */
export function secretNames()«: string[]» {
  return listKeys();
}
`,
    test: [
      "extension.host.secrets.set('API_KEY', 'not shown');",
      "const answer = await extension.call('GET', '/api/secret-names');",
      "expect(answer.json()).toEqual({ secrets: ['API_KEY'] });",
    ],
    note: 'Secrets of development stand in alga.secrets.env, one NAME=value on a line.',
  },
  'cap:http.fetch': {
    ...{ method: 'GET', name: 'outside', calls: 'outsideStatus', key: 'status' },
    module: `import { fetch } from 'alga:extension/http';

const ADDRESS = 'https://example.com/';

/** Status with which a server outside answers; null when it was not reached, or is not allowed. */
export function outsideStatus()«: number | null» {
  try {
    return fetch({ method: 'GET', url: ADDRESS, headers: [] }).status;
  } catch {
    return null;
  }
}
`,
    test: [
      "extension.host.http.on('GET', 'https://example.com/', { status: 204 });",
      "const reached = await extension.call('GET', '/api/outside');",
      'expect(reached.json()).toEqual({ status: 204 });',
      "extension.host.http.on('GET', 'https://example.com/', { fail: 'not-allowed' });",
      "const refused = await extension.call('GET', '/api/outside');",
      'expect(refused.json()).toEqual({ status: null });',
    ],
    note: 'In the product only hosts on the allow-list of the runner are reached.',
  },
  'cap:storage.kv': {
    ...{ method: 'POST', name: 'visits', calls: 'countVisit', key: 'visits' },
    module: `import { get, put } from 'alga:extension/storage';

const NAMESPACE = 'visits';
const KEY = 'count';

/** Counts a visit and gives the number of all; null when somebody else wrote at the same moment. */
export function countVisit()«: number | null» {
  const { count, revision } = stored();
  const value = new TextEncoder().encode(JSON.stringify(count + 1));
  try {
    put({ namespace: NAMESPACE, key: KEY, value, revision });
    return count + 1;
  } catch (error) {
    if (reason(error) === 'conflict') return null;
    throw error;
  }
}

function stored()«: { count: number; revision?: bigint | undefined }» {
  try {
    const { value, revision } = get(NAMESPACE, KEY);
    return { count: Number(JSON.parse(new TextDecoder().decode(value))), revision };
  } catch (error) {
    if (reason(error) === 'missing') return { count: 0 };
    throw error;
  }
}

/** Host calls that fail throw an object whose \`payload\` names the reason. */
function reason(error«: unknown»)«: unknown» {
  return typeof error === 'object' && error !== null && 'payload' in error ? error.payload : undefined;
}
`,
    test: [
      "const first = await extension.call('POST', '/api/visits');",
      'expect(first.json()).toEqual({ visits: 1 });',
      "const second = await extension.call('POST', '/api/visits');",
      'expect(second.json()).toEqual({ visits: 2 });',
      "expect(extension.host.storage.get('visits', 'count')).toBe(2);",
    ],
  },
  'cap:ui.proxy': {
    ...{ method: 'GET', name: 'proxied', calls: 'proxied', key: 'answer' },
    module: `import { callRoute } from 'alga:extension/ui-proxy';

const ROUTE = '/status';

/** What a route of the host answers, as text; null when it is not there or not for us. */
export function proxied()«: string | null» {
  try {
    return new TextDecoder().decode(callRoute(ROUTE, undefined));
  } catch {
    return null;
  }
}
`,
    test: [
      "extension.host.uiProxy.on('GET', '/status', { body: 'up' });",
      "const there = await extension.call('GET', '/api/proxied');",
      "expect(there.json()).toEqual({ answer: 'up' });",
      "extension.host.uiProxy.on('GET', '/status', { status: 404 });",
      "const gone = await extension.call('GET', '/api/proxied');",
      'expect(gone.json()).toEqual({ answer: null });',
    ],
  },
  'cap:scheduler.manage': {
    ...{ method: 'GET', name: 'schedules', calls: 'schedules', key: 'schedules' },
    module: `import { listSchedules } from 'alga:extension/scheduler';

/** When which endpoint of this installation is called. \`alga add schedule\` writes code that makes one. */
export function schedules()«: Array<{ path: string; cron: string }>» {
  return listSchedules().map(({ endpointPath, cron }) => ({ path: endpointPath, cron }));
}
`,
    test: [
      "const schedule = { id: '1', endpointPath: '/api/nightly', endpointMethod: 'POST', cron: '0 3 * * *' };",
      "extension.host.schedules.push({ ...schedule, timezone: 'UTC', enabled: true });",
      "const answer = await extension.call('GET', '/api/schedules');",
      "expect(answer.json()).toEqual({ schedules: [{ path: '/api/nightly', cron: '0 3 * * *' }] });",
    ],
  },
  'cap:invoice.manual.create': {
    ...{ method: 'POST', name: 'invoices', calls: 'makeInvoice', key: 'invoice', takesRequest: true },
    module: `import { createManualInvoice } from 'alga:extension/invoicing';

/** Makes a draft of an invoice from a body like \`{ clientId, serviceId, hours }\`; gives its number, or what was refused. */
export function makeInvoice(request«: { readonly http: { readonly body?: Uint8Array | undefined } }»)«: {
  number?: string | undefined;
  error?: string | undefined;
}» {
  const body = new TextDecoder().decode(request.http.body ?? new Uint8Array());
  const { clientId, serviceId, hours } = JSON.parse(body);
  const item = { serviceId: String(serviceId), quantity: Number(hours), description: 'Hours', rate: 10_000 };
  const { invoiceNumber, error } = createManualInvoice({ clientId: String(clientId), items: [item] });
  return { number: invoiceNumber, error };
}
`,
    test: [
      "const order = { clientId: 'c1', serviceId: 's1', hours: 2 };",
      "const made = await extension.call('POST', '/api/invoices', { body: order });",
      "expect(made.json()).toEqual({ invoice: { number: 'TEST-0001' } });",
      "expect(extension.host.invoices).toMatchObject([{ clientId: 'c1', items: [{ serviceId: 's1', quantity: 2 }] }]);",
      "const refused = await extension.call('POST', '/api/invoices', { body: { ...order, hours: 0 } });",
      "expect(refused.json()).toEqual({ invoice: { error: 'Validation failed' } });",
    ],
    note: 'Everybody who can open the page may call POST /api/invoices: ask who it is before you publish.',
  },
  'cap:client.read': {
    ...{ method: 'GET', name: 'clients', calls: 'clientNames', key: 'clients' },
    module: `import { listClients } from 'alga:extension/clients';

/** Names of the first active clients. */
export function clientNames()«: string[]» {
  return listClients({ page: 1, pageSize: 25 }).items.map(({ clientName }) => clientName);
}
`,
    test: [
      "extension.host.clients.push({ clientId: 'c1', clientName: 'Acme' });",
      "const answer = await extension.call('GET', '/api/clients');",
      "expect(answer.json()).toEqual({ clients: ['Acme'] });",
    ],
  },
  'cap:service.read': {
    ...{ method: 'GET', name: 'services', calls: 'serviceNames', key: 'services' },
    module: `import { listServices } from 'alga:extension/services';

/** Names of the first services that are sold. */
export function serviceNames()«: string[]» {
  return listServices({ isActive: true, page: 1, pageSize: 25 }).items.map(({ serviceName }) => serviceName);
}
`,
    test: [
      "extension.host.services.push({ serviceId: 's1', serviceName: 'Support' });",
      "const answer = await extension.call('GET', '/api/services');",
      "expect(answer.json()).toEqual({ services: ['Support'] });",
    ],
  },
};

/** The text of a use's module in the handler's language. */
export function moduleText({ module }: CapabilityUse, typescript: boolean): string {
  return module.replace(/«([^»]*)»/g, typescript ? '$1' : '');
}
