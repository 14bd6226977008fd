import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stackDir } from '../core/paths.js';
import { Cleanup } from '../core/service.js';
import type { Host, HostEvents } from '../host/index.js';
import type { Registry } from '../registry/index.js';
import type { RunnerHandle, StackAddresses } from '../stack/index.js';
import type { BundleStore } from '../store/index.js';
import { createBundleInstaller } from './bundle-installer.js';
import type { Emit } from './event-stream.js';

/** The local Alga app of a session and its runner, between database and object store. */
export interface LocalApp {
  readonly registry: Registry;
  readonly store: BundleStore;
  readonly host: Host;
  readonly runner: RunnerHandle;
  /** Folder in which the runner looks for source maps, by content hash. */
  readonly sourceMapDir: string;
  /** Folder in which the runner finds components that are not published yet. */
  readonly liveComponentDir: string;
  /** Gives the embedded database its tables and its first tenant; it must be up by then. */
  prepareDatabase(): Promise<void>;
  close(): Promise<void>;
}

export interface LocalAppOptions {
  /** How many extensions the session develops. */
  readonly extensions: number;
  readonly env: NodeJS.ProcessEnv;
  /** Preferred port of the host page; 0 takes any. */
  readonly port: number;
  /** Address beyond loopback to be reached at as well. */
  readonly address: string | undefined;
  /** Preferred public port of the runner; 0 takes any. */
  readonly runnerPort: number;
  /** Folder of the session's private state: logs and the runner's bundle cache. */
  readonly stateDir: string;
  readonly emit: Emit;
  readonly hostEvents: HostEvents;
  /** Told when the runner could not give a page. */
  readonly onFrameFailure: () => void;
}

/**
 * Starts host and runner. They need to know where the services are, not that they are up. Whatever
 * was started is stopped again when a later part fails.
 */
export async function openLocalApp(addresses: StackAddresses, options: LocalAppOptions): Promise<LocalApp> {
  const cleanup = new Cleanup();
  try {
    return await open(addresses, options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

interface Tokens {
  readonly authKey: string;
  readonly serviceToken: string;
  readonly session: string;
}

/** What the local app reads and writes through. */
type Data = Pick<LocalApp, 'registry' | 'store'>;

async function open(
  addresses: StackAddresses,
  options: LocalAppOptions,
  cleanup: Cleanup,
): Promise<LocalApp> {
  const { emit, stateDir } = options;
  const { connectionString } = addresses.database;
  // All of it beside each other: these modules are most of what a start loads.
  const [{ startRunner }, { prepareEmbeddedDatabase }] = await Promise.all([
    import('../stack/index.js'),
    import('../registry/index.js'),
    import('../store/index.js'),
    import('../host/index.js'),
  ]);
  const data = await openData(addresses, options, cleanup);
  const tokens: Tokens = { authKey: secret(), serviceToken: secret(), session: secret() };
  let runner: RunnerHandle | undefined;
  const host = await startHost(data, tokens, () => runner, options, cleanup);
  const sourceMapDir = join(stateDir, 'source-maps');
  const liveComponentDir = join(stateDir, 'live');
  emit({ type: 'step', step: 'stack', state: 'progress', detail: 'starting the runner' });
  const running = await startRunner({
    registryBaseUrl: host.origin,
    storageApiBaseUrl: host.origin,
    authKey: tokens.authKey,
    serviceToken: tokens.serviceToken,
    store: addresses.store,
    cacheRoot: join(stateDir, 'runner-cache'),
    preferredPort: options.runnerPort,
    extensions: options.extensions,
    sourceMapDir,
    liveComponentDir,
    debugUrl: `${host.origin}/__alga/debug-events`,
    logFile: join(stateDir, 'logs', 'runner.log'),
  });
  runner = running;
  // Nothing of these waits for another: side by side, so that leaving takes as long as the slowest.
  cleanup.add(async () => {
    await Promise.all([running.stop(), host.stop(), data.store.close()]);
  });
  return {
    ...{ ...data, host, runner: running, sourceMapDir, liveComponentDir },
    prepareDatabase: async () => void (await prepareEmbeddedDatabase({ connectionString })),
    close: () => cleanup.run(),
  };
}

async function openData(
  addresses: StackAddresses,
  { env, emit }: LocalAppOptions,
  cleanup: Cleanup,
): Promise<Data> {
  const { createRegistry, loadSealingKey } = await import('../registry/index.js');
  const { createBundleStore } = await import('../store/index.js');
  const { connectionString } = addresses.database;
  const sealingKey = await loadSealingKey(join(stackDir(env), 'secrets.key'));
  const registry = createRegistry({ connectionString, sealingKey });
  cleanup.add(() => registry.close());
  const store = createBundleStore(addresses.store, {
    onNote: (message) => emit({ type: 'note', message }),
  });
  cleanup.add(() => store.close());
  return { registry, store };
}

async function startHost(
  { registry, store }: Data,
  tokens: Tokens,
  runner: () => RunnerHandle | undefined,
  options: LocalAppOptions,
  cleanup: Cleanup,
): Promise<Host> {
  const { createHost, productSettings } = await import('../host/index.js');
  const host = createHost({
    registry,
    runnerUrl: () => runner()?.directUrl() ?? '',
    tokens,
    preferredPort: options.port,
    events: options.hostEvents,
    onFrameFailure: options.onFrameFailure,
    ...(options.address === undefined ? {} : { address: options.address }),
    ...productSettings(options.env),
    installer: createBundleInstaller({
      registry,
      store,
      runner,
      trustBundle: options.env.SIGNING_TRUST_BUNDLE,
    }),
  });
  // Before it starts: an address that cannot be had is told when its own port is open already.
  cleanup.add(() => host.stop());
  await host.start();
  warnOfAddresses(host, options.emit);
  // Every live UI listens for the sockets of its own pages on the one server.
  host.httpServer.setMaxListeners(0);
  return host;
}

/** Whoever has one of these addresses can do what the author can. */
function warnOfAddresses({ wideUrls }: Host, emit: Emit): void {
  if (wideUrls.length === 0) return;
  const message = `Warning: open to the network until alga dev ends. Whoever has this address can act as you: ${wideUrls.join(' ')}`;
  emit({ type: 'note', message });
}

/** A secret of this session; never written to disk, gone with it. */
function secret(): string {
  return randomBytes(24).toString('base64url');
}
