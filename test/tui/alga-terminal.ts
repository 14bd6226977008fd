import { join } from 'node:path';
import { expect } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { eventually } from '../loop/processes.js';
import { sessionEnvironment } from '../support/session.js';
import { openTerminal, type Terminal } from './tmux.js';

/** A command of `alga` in a terminal. */
export interface AlgaTerminal extends Terminal {
  /** Waits until the screen shows all of it at once. */
  shows(...texts: readonly (string | RegExp)[]): Promise<string[]>;
  /** Waits until screen and scrollback together fit. */
  logged(text: RegExp): Promise<string[]>;
}

interface Command {
  readonly size: { readonly columns: number; readonly rows: number };
  /** Folder of the tool's own stack and cache. */
  readonly home: string;
  readonly args: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** What the shell does when it has ended. */
  readonly afterwards?: string;
}

/** Runs an `alga` command in a terminal of a size, with its own home and on any free ports. */
export async function openAlga({ size, home, args, settings, afterwards }: Command): Promise<AlgaTerminal> {
  const { ALGA_HOME, ALGA_PORT, ALGA_RUNNER_PORT, ALGA_OBJECT_STORE } = sessionEnvironment(home);
  const variables = { ALGA_HOME, ALGA_PORT, ALGA_RUNNER_PORT, ALGA_OBJECT_STORE, ...settings };
  const words = [
    ...['env', ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)],
    ...[process.execPath, join(packageRoot(), 'bin', 'alga.mjs'), ...args],
  ];
  const terminal = await openTerminal(
    size,
    [words.join(' '), ...(afterwards === undefined ? [] : [afterwards])].join('; '),
  );
  return {
    ...terminal,
    shows: (...texts) =>
      eventually(terminal.screen, (rows) => {
        for (const text of texts) expect(rows.join('\n')).toMatch(text);
      }),
    logged: (text) => eventually(terminal.history, (rows) => expect(rows.join('\n')).toMatch(text)),
  };
}
