import { spawn } from 'node:child_process';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { entryPath } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';
import { describeExit, ownChild, within } from '../../core/process.js';
import { layoutFor, type StackLayout, socketPath } from '../folder/layout.js';
import { lockHolder } from '../folder/lock.js';
import { ensurePrivateFolder } from '../folder/private-folder.js';
import { type LaunchMessage, launchMessageSchema, unpackError } from './protocol.js';

const LAUNCH_LIMIT_MS = 15_000;
const MAX_LOG_BYTES = 1_000_000;

/** A supervisor that nobody has asked for yet. */
let ahead: { readonly root: string; readonly launch: Promise<'listening' | 'busy'> } | undefined;

/**
 * Starts a supervisor for a session that is still being loaded and will ask for it; unless there is one. When no
 * session comes, it ends with this process.
 */
export async function launchAhead(env: NodeJS.ProcessEnv): Promise<void> {
  const { root, lock } = layoutFor(env);
  if (ahead !== undefined || (await lockHolder(lock)) !== undefined) return;
  const launch = launchSupervisor(env);
  // Who asks for it hears of it.
  launch.catch(() => undefined);
  ahead = { root, launch };
}

/**
 * Starts a supervisor that outlives us once a session has come to it, and waits until it listens or says that another
 * one holds the stack. Throws STACK_FOLDER_UNSAFE, STACK_SUPERVISOR_FAILED.
 */
export async function launchSupervisor(env: NodeJS.ProcessEnv): Promise<'listening' | 'busy'> {
  const layout = layoutFor(env);
  const started = ahead;
  ahead = undefined;
  if (started?.root === layout.root) return started.launch;
  // Root's folder can be walked through: its database may have to run as another user.
  await ensurePrivateFolder(layout.root, process.getuid?.() === 0 ? 0o711 : 0o700);
  const log = join(layout.logs, 'supervisor.log');
  const message = await spawnSupervisor(env, layout, log);
  if (message.type === 'failed') throw unpackError(message.error);
  return message.type;
}

async function spawnSupervisor(
  env: NodeJS.ProcessEnv,
  layout: StackLayout,
  log: string,
): Promise<LaunchMessage> {
  const output = await openLog(layout, log);
  try {
    const program = entryPath(import.meta.url, './main.js');
    const child = spawn(process.execPath, [program, layout.root, socketPath(env)], {
      cwd: layout.root,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output.fd, output.fd, 'ipc'],
      env: supervisorEnvironment(env),
    });
    const told = new Promise<unknown>((resolve) => child.once('message', resolve));
    const owned = await ownChild(child);
    const early = owned.exited.then((exit) => Promise.race([told, failure(`it ${describeExit(exit)}`, log)]));
    const answer = await within(Promise.race([told, early]), LAUNCH_LIMIT_MS);
    const message = launchMessageSchema.safeParse(answer);
    if (message.data?.type !== 'listening') await owned.stop();
    // The channel stays, so that it hears when we go.
    child.unref();
    child.channel?.unref();
    return message.data ?? failure('it does not answer', log);
  } finally {
    await output.close();
  }
}

function failure(detail: string, log: string): LaunchMessage {
  const { code, message, hint, exitCode } = algaError('STACK_SUPERVISOR_FAILED', { detail, log });
  return { type: 'failed', error: { code, message, hint, exitCode } };
}

async function openLog(layout: StackLayout, log: string) {
  await mkdir(layout.logs, { recursive: true, mode: 0o700 });
  const size = (await stat(log).catch(() => undefined))?.size ?? 0;
  if (size > MAX_LOG_BYTES) await rename(log, `${log}.1`);
  return open(log, 'a', 0o600);
}

/**
 * What the supervisor sees of the environment of whoever happened to start it: it serves the
 * sessions of other terminals too, and nothing of a project's settings or secrets is its business.
 */
function supervisorEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SystemRoot',
    'LOCALAPPDATA',
    'ProgramFiles',
    'ALGA_HOME',
    'ALGA_OBJECT_STORE',
    'XDG_STATE_HOME',
  ];
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
