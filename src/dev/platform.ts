import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stackDir } from '../core/paths.js';
import { Cleanup } from '../core/service.js';
import type { Host, HostEvents } from '../host/index.js';
import type { StackKind } from '../project/index.js';
import type { Registry } from '../registry/index.js';
import type { RunnerHandle, Stack } from '../stack/index.js';
import type { BundleStore } from '../store/index.js';
import { createBundleInstaller } from './bundle-installer.js';
import type { Emit } from './event-stream.js';
import { runStep } from './step.js';
import { chooseTenant, type KnownTenant, type TenantWishes } from './tenant.js';

/** Everything a session stands on, joined: the stack's services and the rooms that use them. */
export interface Platform {
  readonly stack: Stack;
  readonly registry: Registry;
  readonly store: BundleStore;
  readonly host: Host;
  readonly runner: RunnerHandle;
  readonly tenant: KnownTenant;
  /** Folder in which the runner looks for source maps, by content hash. */
  readonly sourceMapDir: string;
  /** Folder in which the runner finds components that are not published yet. */
  readonly liveComponentDir: string;
  /** Stops what this session owns and lets go of the stack. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly stackKind: StackKind;
  /** How many extensions the session develops. */
  readonly extensions: number;
  readonly env: NodeJS.ProcessEnv;
  /** Preferred port of the host page; 0 takes any. */
  readonly port: number;
  /** Address beyond loopback to be reached at as well. */
  readonly address: string | undefined;
  /** Preferred public port of the runner; 0 takes any. */
  readonly runnerPort: number;
  readonly tenantWishes: TenantWishes;
  /** Folder of the session's private state: logs and the runner's bundle cache. */
  readonly stateDir: string;
  readonly emit: Emit;
  readonly hostEvents: HostEvents;
  /** Told when the runner could not give a page. */
  readonly onFrameFailure: () => void;
}

/**
 * Opens the stack, prepares its database, and starts host and runner. Whatever was started is
 * stopped again when a later part fails.
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const cleanup = new Cleanup();
  try {
    return await runStep({ emit: options.emit }, 'stack', () => open(options, cleanup), describe);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

function describe(platform: Platform): string {
  return `PostgreSQL, object store and runner are up; tenant ${platform.tenant.name}`;
}

async function open(options: PlatformOptions, cleanup: Cleanup): Promise<Platform> {
  const progress = (detail: string): void =>
    options.emit({ type: 'step', step: 'stack', state: 'progress', detail });
  const { openStack, startRunner } = await import('../stack/index.js');
  const opening = openStack({ kind: options.stackKind, env: options.env, onProgress: progress });
  // Loading the other rooms takes about as long as the services need to come up.
  const [
    stack,
    { createRegistry, loadSealingKey, prepareEmbeddedDatabase },
    { createBundleStore },
    { createHost, productSettings },
  ] = await Promise.all([
    opening,
    import('../registry/index.js'),
    import('../store/index.js'),
    import('../host/index.js'),
  ]);
  cleanup.add(() => stack.close());
  const connectionString = stack.database.connectionString;
  await prepareEmbeddedDatabase({ connectionString });
  const sealingKey = await loadSealingKey(join(stackDir(options.env), 'secrets.key'));
  const registry = createRegistry({ connectionString, sealingKey });
  cleanup.add(() => registry.close());
  const tenants = registry.tenants();
  // Awaited below; whatever fails before that must not leave it unhandled.
  tenants.catch(() => undefined);
  let runner: RunnerHandle | undefined;
  const store = createBundleStore(stack.store, {
    onNote: (message) => options.emit({ type: 'note', message }),
  });
  cleanup.add(() => store.close());
  const tokens = { authKey: secret(), serviceToken: secret(), session: secret() };
  const host = createHost({
    registry,
    runnerUrl: () => runner?.directUrl() ?? '',
    tokens,
    preferredPort: options.port,
    events: options.hostEvents,
    onFrameFailure: options.onFrameFailure,
    ...(options.address === undefined ? {} : { address: options.address }),
    ...productSettings(options.env),
    installer: createBundleInstaller({
      registry,
      store,
      runner: () => runner,
      trustBundle: options.env.SIGNING_TRUST_BUNDLE,
    }),
  });
  await host.start();
  warnOfAddresses(host, options.emit);
  // Every live UI listens for the sockets of its own pages on the one server.
  host.httpServer.setMaxListeners(0);
  cleanup.add(() => host.stop());
  const sourceMapDir = join(options.stateDir, 'source-maps');
  const liveComponentDir = join(options.stateDir, 'live');
  // Its client is loaded and connected while the runner starts; whether it works, the first upload says.
  store.ping().catch(() => undefined);
  progress('starting the runner');
  runner = await startRunner({
    registryBaseUrl: host.origin,
    storageApiBaseUrl: host.origin,
    authKey: tokens.authKey,
    serviceToken: tokens.serviceToken,
    store: stack.store,
    cacheRoot: join(options.stateDir, 'runner-cache'),
    preferredPort: options.runnerPort,
    extensions: options.extensions,
    sourceMapDir,
    liveComponentDir,
    debugUrl: `${host.origin}/__alga/debug-events`,
    logFile: join(options.stateDir, 'logs', 'runner.log'),
  });
  const running = runner;
  // Nothing of these waits for another: side by side, so that leaving takes as long as the slowest.
  cleanup.add(async () => {
    await Promise.all([running.stop(), host.stop(), store.close()]);
  });
  const tenant = chooseTenant(await tenants, options.tenantWishes);
  return {
    stack,
    registry,
    store,
    host,
    runner,
    tenant,
    sourceMapDir,
    liveComponentDir,
    close: () => cleanup.run(),
  };
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
