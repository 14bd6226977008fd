import { randomBytes } from 'node:crypto';
import { createHost, type Host, type HostEvents, type HostOptions } from '../../../src/host/index.js';
import type { Manifest } from '../../../src/project/types.js';
import { createRegistry, type PublishedRows, type Registry } from '../../../src/registry/index.js';
import type { TestDatabase, TestServer } from '../../registry/support/database.js';
import { hashOf, publication } from '../../registry/support/publication.js';
import { type StandInRunner, startStandInRunner } from './stand-in-runner.js';

type Seen = { [K in keyof HostEvents]: Parameters<HostEvents[K]>[0][] };

/** A host on a database of its own, with a stand-in for the runner and one published extension. */
export interface TestHost {
  readonly host: Host;
  readonly registry: Registry;
  readonly database: TestDatabase;
  readonly runner: StandInRunner;
  readonly rows: PublishedRows;
  readonly tokens: HostOptions['tokens'];
  /** Everything the host reported, by event. */
  readonly seen: Seen;
  stop(): Promise<void>;
}

/** Manifest of the test's extension: endpoints of every kind, both menu entries. */
export const TEST_MANIFEST: Partial<Manifest> = {
  ui: {
    type: 'iframe',
    entry: 'ui/index.html',
    hooks: { appMenu: { label: 'Demo' }, clientPortalMenu: { label: 'Demo portal' } },
  },
  api: {
    endpoints: [
      { method: 'GET', path: '/hello', handler: 'dist/main' },
      { method: 'POST', path: '/hello', handler: 'dist/main' },
      { method: 'PUT', path: '/hello', handler: 'dist/main' },
      { method: 'PATCH', path: '/hello', handler: 'dist/main' },
      { method: 'DELETE', path: '/hello', handler: 'dist/main' },
      { method: 'GET', path: '/items/:id', handler: 'dist/main' },
      { method: 'GET', path: '/items/special', handler: 'dist/main' },
    ],
  },
};

export async function startTestHost(
  server: TestServer,
  options: Partial<HostOptions> & { manifest?: Partial<Manifest> } = {},
): Promise<TestHost> {
  const database = await server.database();
  const registry = createRegistry({ connectionString: database.connectionString });
  const runner = await startStandInRunner();
  const seen: Seen = { onRequest: [], onGuestLog: [], onCspViolation: [], onCommand: [] };
  const secret = (): string => randomBytes(18).toString('base64url');
  const tokens = { authKey: secret(), serviceToken: secret(), session: secret() };
  const host = createHost({
    registry,
    runnerUrl: () => runner.url,
    tokens,
    preferredPort: 0,
    events: {
      onRequest: (record) => void seen.onRequest.push(record),
      onGuestLog: (log) => void seen.onGuestLog.push(log),
      onCspViolation: (violation) => void seen.onCspViolation.push(violation),
      onCommand: (command) => void seen.onCommand.push(command),
    },
    rateLimit: false,
    ...options,
  });
  await host.start();
  const { tenantId } = database;
  const rows = await registry.publish(
    publication(tenantId, 'first', { ...TEST_MANIFEST, ...options.manifest }),
  );
  host.addExtension({
    registryId: rows.registryId,
    extension: 'Example/com.example.demo',
    displayName: 'Demo',
    label: 'Demo',
    tenantId,
    hasUi: true,
    projectRoot: '/nowhere',
  });
  host.setServed(rows.registryId, { ...rows, contentHash: hashOf('first') });
  return {
    host,
    registry,
    database,
    runner,
    rows,
    tokens,
    seen,
    stop: async () => {
      await host.stop();
      await runner.stop();
      await registry.close();
    },
  };
}
