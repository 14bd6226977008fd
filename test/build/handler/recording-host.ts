import { SIGNATURES } from '../../../runner/src/capabilities/signatures.js';

/** One call of a host function: its name and its arguments as text. */
export type HostCall = readonly [name: string, args: string];

type HostFunction = (...args: never[]) => unknown;

/** Host functions by their JavaScript names, by interface with its package. */
export type HostFunctions = Record<string, Record<string, HostFunction>>;

/** Answer of a host function, or the error of its result type. */
export type HostAnswer = { readonly ok: unknown } | { readonly err: unknown };

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a component's result type calls an error: jco turns what is thrown into it. */
function refuse(reason: string): never {
  throw reason;
}

/** Host functions that always answer the same and write down how they were called. */
export function recordingHost(calls: HostCall[]): HostFunctions {
  return recordedHost(calls, {
    context: {
      getContext: () => ({
        requestId: 'r1',
        tenantId: 't1',
        extensionId: 'e1',
        installId: undefined,
        versionId: 'v9',
      }),
    },
    logging: { logInfo: () => undefined, logWarn: () => undefined, logError: () => undefined },
    secrets: {
      get: (key: string) => (key === 'TOKEN' ? 's3cr€t' : refuse('missing')),
      listKeys: () => ['TOKEN', 'OTHER'],
    },
    http: {
      fetch: (request: { url: string }) =>
        request.url.startsWith('https://')
          ? { status: 207, headers: [{ name: 'x-h', value: 'v' }], body: encode(`from ${request.url}`) }
          : refuse('not-allowed'),
    },
    storage: {
      get: (_namespace: string, key: string) =>
        key === 'gone' ? refuse('missing') : { namespace: 'n', key, value: encode('kept'), revision: 41n },
      put: (entry: object) => ({ ...entry, revision: 42n }),
      delete: (_namespace: string, key: string) => (key === 'locked' ? refuse('denied') : undefined),
      listEntries: () => [{ namespace: 'n', key: 'k', value: encode('v'), revision: undefined }],
    },
    'ui-proxy': { callRoute: (route: string) => encode(`routed ${route}`) },
    user: { getUser: () => user },
    'user-v2': { getUser: () => ({ ...user, clientId: 'c1', additionalFields: [['team', 'blue']] }) },
    scheduler: {
      listSchedules: () => [],
      getSchedule: () => undefined,
      createSchedule: () => ({ success: true, scheduleId: 's1', error: undefined, fieldErrors: undefined }),
      updateSchedule: () => ({ success: false, error: 'no', fieldErrors: '{"cron":"bad"}' }),
      deleteSchedule: () => ({ success: true, error: undefined }),
      getEndpoints: () => [{ id: '1', method: 'GET', path: '/a', handler: 'dist/main', schedulable: true }],
    },
    invoicing: { createManualInvoice: () => ({ success: true, invoiceId: 'i1', total: 12.5 }) },
    clients: {
      listClients: (input: { page?: number }) => ({
        items: [{ clientId: '1', clientName: 'Ärger & Söhne', isInactive: false }],
        totalCount: 1,
        page: input.page ?? 1,
        pageSize: 25,
      }),
      getClient: () => undefined,
    },
    services: {
      listServices: () => ({ items: [], totalCount: 0, page: 1, pageSize: 25 }),
      getService: () => refuse('invalid-input'),
    },
  });
}

/** The given host functions, by interface without its package, which write down how they are called. */
export function recordedHost(calls: HostCall[], functions: HostFunctions): HostFunctions {
  return Object.fromEntries(
    Object.entries(functions).map(([name, members]) => [
      `alga:extension/${name}`,
      recorded(name, members, calls),
    ]),
  );
}

/** Asks a host function by its WIT name (`interface#function`); what it throws is the error of its result type. */
export function askHost(host: HostFunctions, name: string, args: readonly unknown[]): HostAnswer {
  const [interfaceName = '', member = ''] = name.split('#');
  const camel = member.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const run = host[`alga:extension/${interfaceName}`]?.[camel];
  if (run === undefined) throw new Error(`no host function ${name}`);
  if (!SIGNATURES.get(name)?.includes('->result<')) return { ok: run(...(args as never[])) };
  try {
    return { ok: run(...(args as never[])) };
  } catch (refusal) {
    return { err: refusal };
  }
}

const user = {
  tenantId: 't1',
  clientName: 'Client',
  userId: 'u1',
  userEmail: 'u@example.com',
  userName: 'Ünal',
  userType: 'internal',
};

function recorded(
  name: string,
  members: Record<string, HostFunction>,
  calls: HostCall[],
): Record<string, HostFunction> {
  return Object.fromEntries(
    Object.entries(members).map(([member, answer]) => [
      member,
      (...args: never[]) => {
        calls.push([`${name}.${member}`, textOf(args)]);
        return answer(...args);
      },
    ]),
  );
}

function textOf(args: readonly unknown[]): string {
  return JSON.stringify(args, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return ArrayBuffer.isView(value)
      ? `bytes:${Buffer.from(value.buffer as ArrayBuffer).toString('utf8')}`
      : value;
  });
}
