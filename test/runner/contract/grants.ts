import { describe, expect, test } from 'vitest';
import type { HostFunction } from './host-calls.js';
import { subject } from './subject.js';

describe('without its grant or install, a function answers without asking the host', () => {
  const entry = { namespace: 'n', key: 'k', value: { $bytes: 'v' } };
  const schedule = { endpoint: '/e', cron: '0 0 * * *' };
  const invoice = { clientId: 'c', items: [] };
  const denied = { thrown: 'denied' };
  const notAllowed = { thrown: 'not-allowed' };
  const refused = (error: string): object => ({
    ok: { success: false, error },
  });
  const rows: ReadonlyArray<readonly [HostFunction, readonly unknown[], object, string, object | undefined]> =
    [
      [['secrets', 'get'], ['key'], denied, 'cap:secrets.get', undefined],
      [['secrets', 'listKeys'], [], { ok: [] }, 'cap:secrets.get', undefined],
      [
        ['http', 'fetch'],
        [{ method: 'GET', url: 'http://localhost/', headers: [] }],
        notAllowed,
        'cap:http.fetch',
        undefined,
      ],
      [['storage', 'get'], ['n', 'k'], denied, 'cap:storage.kv', denied],
      [['storage', 'put'], [entry], denied, 'cap:storage.kv', denied],
      [['storage', 'delete'], ['n', 'k'], denied, 'cap:storage.kv', denied],
      [['storage', 'listEntries'], ['n'], denied, 'cap:storage.kv', denied],
      [['ui-proxy', 'callRoute'], ['/r'], denied, 'cap:ui.proxy', undefined],
      [['scheduler', 'listSchedules'], [], denied, 'cap:scheduler.manage', denied],
      [['scheduler', 'getSchedule'], ['id'], denied, 'cap:scheduler.manage', denied],
      [['scheduler', 'getEndpoints'], [], denied, 'cap:scheduler.manage', denied],
      [
        ['scheduler', 'createSchedule'],
        [schedule],
        refused('Permission denied: cap:scheduler.manage not granted'),
        'cap:scheduler.manage',
        refused('Install ID missing'),
      ],
      [
        ['scheduler', 'updateSchedule'],
        ['id', {}],
        refused('Permission denied: cap:scheduler.manage not granted'),
        'cap:scheduler.manage',
        refused('Install ID missing'),
      ],
      [
        ['scheduler', 'deleteSchedule'],
        ['id'],
        refused('Permission denied: cap:scheduler.manage not granted'),
        'cap:scheduler.manage',
        refused('Install ID missing'),
      ],
      [
        ['invoicing', 'createManualInvoice'],
        [invoice],
        refused('Permission denied: cap:invoice.manual.create not granted'),
        'cap:invoice.manual.create',
        refused('Permission denied: install_id missing'),
      ],
      [['clients', 'listClients'], [{}], notAllowed, 'cap:client.read', notAllowed],
      [['clients', 'getClient'], ['id'], notAllowed, 'cap:client.read', notAllowed],
      [['services', 'listServices'], [{}], notAllowed, 'cap:service.read', notAllowed],
      [['services', 'getService'], ['id'], notAllowed, 'cap:service.read', notAllowed],
    ];

  test.each(rows)('%j', async (call, args, ungranted, capability, withoutInstall) => {
    expect(await subject.hostCall(call, args)).toEqual(ungranted);
    if (withoutInstall !== undefined) {
      const overrides = { grants: [capability], installId: undefined };
      expect(await subject.hostCall(call, args, overrides)).toEqual(withoutInstall);
    }
    expect(subject.host.take()).toEqual([]);
  });

  test('only storage takes an empty install id for none', async () => {
    const storage = { grants: ['cap:storage.kv'], installId: '' };
    expect(await subject.hostCall(['storage', 'get'], ['n', 'k'], storage)).toEqual({ thrown: 'denied' });
    expect(subject.host.take()).toEqual([]);
    await subject.hostCall(['clients', 'getClient'], ['id'], { grants: ['cap:client.read'], installId: '' });
    expect(subject.host.take()).toMatchObject([{ url: '/api/internal/ext-clients/install/' }]);
  });
});

describe('what needs no grant of its own', () => {
  test('context is the context of the request', async () => {
    expect(await subject.hostCall(['context', 'getContext'], [], { versionId: undefined })).toEqual({
      ok: {
        requestId: 'request-1',
        tenantId: 'tenant-1',
        extensionId: 'extension-1',
        installId: 'install-1',
      },
    });
  });

  test('users: none, and one with everything', async () => {
    expect(await subject.hostCall(['user', 'getUser'], [])).toEqual({ thrown: 'not-available' });
    expect(await subject.hostCall(['user-v2', 'getUser'], [])).toEqual({ thrown: 'not-available' });
    const user = {
      userId: 'u',
      userEmail: 'u@example.com',
      userName: 'U',
      userType: 'client',
      clientName: 'Client',
      clientId: 'c-1',
      additionalFields: { zeta: '1', alpha: '2', Ä: '3', Z: '4' },
    };
    const basic = {
      tenantId: 'tenant-1',
      clientName: 'Client',
      userId: 'u',
      userEmail: 'u@example.com',
      userName: 'U',
      userType: 'client',
    };
    expect(await subject.hostCall(['user', 'getUser'], [], { user })).toEqual({ ok: basic });
    expect(await subject.hostCall(['user-v2', 'getUser'], [], { user })).toEqual({
      ok: {
        ...basic,
        clientId: 'c-1',
        additionalFields: [
          ['Z', '4'],
          ['alpha', '2'],
          ['zeta', '1'],
          ['Ä', '3'],
        ],
      },
    });
  });
});
