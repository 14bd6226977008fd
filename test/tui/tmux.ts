import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_MS = 40;
const PATIENCE_MS = 15_000;

/** A real terminal, held by a tmux server of its own. */
export interface Terminal {
  keys(...keys: string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** What the screen shows, one string a row. */
  screen(): Promise<string[]>;
  /** The same with the scrollback above it. */
  history(): Promise<string[]>;
  /** Waits until the screen fulfils a condition; throws with the screen when it never does. */
  until(what: string, holds: (rows: readonly string[]) => boolean): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a terminal of a size and runs a command line in it, under a shell whose prompt is `prompt>`. */
export async function openTerminal(size: { columns: number; rows: number }, line: string): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'alga-tmux-'));
  const tmux = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...args], {
      env: { ...process.env, TMUX: '', LC_ALL: 'C.UTF-8' },
    });
    return stdout;
  };
  const dimensions = (columns: number, rows: number) => ['-x', String(columns), '-y', String(rows)];
  const shell = 'env -u CI -u NO_COLOR -u FORCE_COLOR PS1="prompt> " bash --norc --noprofile';
  await tmux('-u', 'new-session', '-d', ...dimensions(size.columns, size.rows), shell);
  const lines = (text: string) => text.trimEnd().split('\n');
  const screen = async () => lines(await tmux('capture-pane', '-p'));
  const terminal: Terminal = {
    keys: async (...keys) => void (await tmux('send-keys', ...keys)),
    resize: async (columns, rows) => void (await tmux('resize-window', ...dimensions(columns, rows))),
    screen,
    history: async () => lines(await tmux('capture-pane', '-p', '-S', '-')),
    until: async (what, holds) => {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const rows = await screen();
        if (holds(rows)) return rows;
        if (Date.now() > deadline) throw new Error(`never on the screen: ${what}\n${rows.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    close: async () => {
      await tmux('kill-server').catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await terminal.until('the prompt', (rows) => rows.some((row) => row.startsWith('prompt>')));
  await terminal.keys('-l', `clear; ${line}`);
  await terminal.keys('Enter');
  return terminal;
}
