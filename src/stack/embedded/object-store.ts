import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { entryPath } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';
import { describeExit, type OwnedChild, ownChild, type StopStep, within } from '../../core/process.js';
import { PortInUse, type ServiceProcess, startOnPort } from './service-process.js';
import { STORE_BUCKET, STORE_REGION, type StoreOptions } from './store-options.js';

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), port: z.number().int() }),
  z.object({ type: z.literal('failed'), reason: z.string(), portInUse: z.boolean() }),
]);

const START_LIMIT_MS = 20_000;

const storeStop: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 1_500 },
  { signal: 'SIGKILL', waitMs: 1_000 },
];

/**
 * Starts the built-in object store as a process of its own. It ends with us, by whatever death.
 * Throws STACK_STORE_FAILED.
 */
export async function startObjectStore(options: StoreOptions): Promise<ServiceProcess> {
  options.onProgress('starting the object store');
  return startOnPort(options.ports, (port) => startOnce(options, port)).catch((error: unknown) => {
    if (!(error instanceof PortInUse)) throw error;
    throw algaError('STACK_STORE_FAILED', { detail: error.message, log: options.logFile }, { cause: error });
  });
}

async function startOnce(options: StoreOptions, port: number): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [entryPath(import.meta.url, './object-store/main.js')], {
    cwd: '/',
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      SystemRoot: process.env.SystemRoot,
      ALGA_OBJECT_STORE_DIR: options.dataDir,
      ALGA_OBJECT_STORE_PORT: String(port),
      ALGA_OBJECT_STORE_ACCESS_KEY: options.accessKey,
      ALGA_OBJECT_STORE_SECRET_KEY: options.secretKey,
      ALGA_OBJECT_STORE_REGION: STORE_REGION,
      ALGA_OBJECT_STORE_BUCKET: STORE_BUCKET,
    },
  });
  const told = new Promise<unknown>((resolve) => child.once('message', resolve));
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', options.log);
  const owned = await ownChild(child, storeStop);
  options.onSpawn(owned.pid);
  await readiness(owned, told, port, options.logFile);
  return { pid: owned.pid, port, exited: owned.exited, stop: () => owned.stop() };
}

async function readiness(
  owned: OwnedChild,
  told: Promise<unknown>,
  port: number,
  log: string,
): Promise<void> {
  const early = owned.exited.then((exit) => ({
    type: 'failed',
    reason: describeExit(exit),
    portInUse: false,
  }));
  const message = messageSchema.safeParse(await within(Promise.race([told, early]), START_LIMIT_MS));
  if (message.data?.type === 'ready') return;
  await owned.stop();
  if (message.data?.portInUse) throw new PortInUse(port);
  const detail = message.data?.reason ?? `not ready after ${START_LIMIT_MS / 1000} s`;
  throw algaError('STACK_STORE_FAILED', { detail, log });
}
