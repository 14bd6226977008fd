import { isDeepStrictEqual } from 'node:util';
import { Cleanup } from '../core/service.js';
import type { StackKind } from '../project/index.js';
import type { Stack, StackAddresses } from '../stack/index.js';
import { type LocalApp, type LocalAppOptions, openLocalApp } from './local-app.js';
import { runStep } from './step.js';
import { chooseTenant, type KnownTenant, type TenantWishes } from './tenant.js';

/** Everything a session stands on, joined: the stack's services and the rooms that use them. */
export interface Platform extends LocalApp {
  readonly stack: Stack;
  readonly tenant: KnownTenant;
  /** Stops what this session owns and lets go of the stack. */
  close(): Promise<void>;
}

export interface PlatformOptions extends LocalAppOptions {
  readonly stackKind: StackKind;
  readonly tenantWishes: TenantWishes;
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
  const { expectedAddresses, openStack } = await import('../stack/index.js');
  const progress = (detail: string): void =>
    options.emit({ type: 'step', step: 'stack', state: 'progress', detail });
  const { stackKind: kind, env } = options;
  const expected = await expectedAddresses({ kind, env });
  const opening = openStack({ kind, env, onProgress: progress });
  cleanup.add(() => closed(opening));
  // What only needs to know the addresses gets ready while the services come up.
  const early = expected && openLocalApp(expected, options);
  cleanup.add(() => closed(early));
  // Together: a failure of one while the other is waited for must not count as unhandled.
  const [stack] = await Promise.all([opening, early]);
  const app = await appAt(stack, early, expected, options);
  cleanup.add(() => app.close());
  await app.prepareDatabase();
  // Its client is loaded and connected while the tenants are read; whether it works, the first upload says.
  app.store.ping().catch(() => undefined);
  const tenant = chooseTenant(await app.registry.tenants(), options.tenantWishes);
  return { ...app, stack, tenant, close: () => cleanup.run() };
}

/** Closes what was being opened, when it did open. */
async function closed(opening: Promise<{ close(): Promise<void> }> | undefined): Promise<void> {
  const opened = await opening?.catch(() => undefined);
  await opened?.close();
}

/** The app that is getting ready, or another one when the stack came up elsewhere. */
async function appAt(
  stack: Stack,
  early: Promise<LocalApp> | undefined,
  expected: StackAddresses | undefined,
  options: PlatformOptions,
): Promise<LocalApp> {
  const addresses = { database: stack.database, store: stack.store };
  if (early && isDeepStrictEqual(addresses, expected)) return early;
  await closed(early);
  return openLocalApp(addresses, options);
}
