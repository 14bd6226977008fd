import { AlgaError } from '../core/errors/alga-error.js';
import type { SessionEvent } from '../dev/events.js';
import type { Session } from '../dev/session.js';
import { startStackAhead } from '../dev/stack-ahead.js';
import type { ConfigFlags } from '../project/index.js';
import { leaveInTime, onLeave } from './leaving.js';

/** What `alga dev` was asked to do. */
export interface DevOptions {
  readonly directories: readonly string[];
  /** Settings as typed; the session checks them together with environment and configuration. */
  readonly flags: ConfigFlags;
  /** Address beyond loopback to be reached at as well. */
  readonly address?: string;
  readonly tui: boolean;
  readonly json: boolean;
}

/** How long a handle that somebody forgot may keep a stopped session's process. */
const LINGER_MS = 200;

/** A way of showing a session; `close` gives the terminal back. */
interface Screen {
  show(session: Session): void;
  close(): Promise<void> | void;
}

/**
 * Runs a session until the screen or a signal ends it. The exit code is 0 after a session that ran,
 * and the error's own when it could not start.
 */
export async function runDev(options: DevOptions): Promise<void> {
  const [directory] = options.directories;
  if (directory !== undefined) {
    void startStackAhead({ directory, wished: options.flags.stack, env: process.env });
  }
  const screen = await openScreen(options);
  let session: Session | undefined;
  const leaving = onLeave(async (reason) => session?.stop(reason));
  try {
    session = await createSession(options);
    const stopped = whenStopped(session);
    screen.show(session);
    await session.start();
    await stopped;
  } catch (error) {
    process.exitCode = error instanceof AlgaError ? error.exitCode : 70;
    if (!session) throw error;
  } finally {
    // The session has stopped: only the terminal is still to be given back.
    leaveInTime(LINGER_MS);
    leaving.dispose();
    await screen.close();
  }
}

/** The session is loaded only after the screen shows its first frame: its rooms are heavy to import. */
async function createSession(options: DevOptions): Promise<Session> {
  const { Session } = await import('../dev/session.js');
  return new Session({
    directories: options.directories,
    flags: options.flags,
    env: process.env,
    ...(options.address === undefined ? {} : { address: options.address }),
    openUrl,
  });
}

async function openUrl(url: string): Promise<void> {
  const { default: open } = await import('open');
  await open(url);
}

function whenStopped(session: Session): Promise<void> {
  return new Promise((resolve) => {
    session.subscribe((event) => {
      if (event.type === 'stopped') resolve();
    });
  });
}

async function openScreen(options: DevOptions): Promise<Screen> {
  if (options.json) return lineScreen((await import('./render/json.js')).createJsonRenderer());
  if (!options.tui || !process.stdout.isTTY || !process.stdin.isTTY) {
    return lineScreen((await import('./render/plain.js')).createPlainRenderer());
  }
  return terminalScreen();
}

/** Plain and JSON lines: one event becomes some lines on stdout. */
function lineScreen(render: (event: SessionEvent) => readonly string[]): Screen {
  return {
    show: (session) => {
      session.subscribe((event) => {
        for (const line of render(event)) process.stdout.write(`${line}\n`);
      });
    },
    close: () => undefined,
  };
}

async function terminalScreen(): Promise<Screen> {
  const { startTui } = await import('../tui/index.js');
  let session: Session | undefined;
  const waiting: Array<(event: SessionEvent) => void> = [];
  const tui = startTui({
    subscribe: (listener) => {
      if (session) return session.subscribe(listener);
      waiting.push(listener);
      return () => undefined;
    },
    send: (command) => void session?.send(command),
    stdin: process.stdin,
    stdout: process.stdout,
  });
  return {
    show: (shown) => {
      session = shown;
      for (const listener of waiting) shown.subscribe(listener);
    },
    close: () => tui.stop(),
  };
}
