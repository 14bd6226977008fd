/** One call of a host function: its name and its arguments as text. */
export type HostCall = readonly [name: string, args: string];

type HostFunction = (...args: never[]) => unknown;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a component's result type calls an error: jco turns what is thrown into it. */
function refuse(reason: string): never {
  throw reason;
}

/** Host functions that always answer the same and write down how they were called. */
export function recordingHost(calls: HostCall[]): Record<string, Record<string, HostFunction>> {
  const functions: Record<string, Record<string, HostFunction>> = {
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
  };
  return Object.fromEntries(
    Object.entries(functions).map(([name, members]) => [
      `alga:extension/${name}`,
      recorded(name, members, calls),
    ]),
  );
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
