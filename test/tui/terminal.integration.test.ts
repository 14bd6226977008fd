import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { program } from '../support/programs.js';
import { openTerminal, type Terminal } from './tmux.js';

const player = join(packageRoot(), 'test/tui/player.mjs');
const KEY_BAR = 'r rebuild R runner o open d doctor l log:all b back c clear ? help q quit';
const tmux = program('tmux');

let folder: string;
let terminal: Terminal | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alga-tui-'));
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function play(size: { columns: number; rows: number }, ...args: string[]): Promise<Terminal> {
  const commands = join(folder, 'commands');
  terminal = await openTerminal(size, `node ${player} ${commands} ${args.join(' ')}`);
  await terminal.until('the key bar', (rows) => rows.includes(KEY_BAR));
  return terminal;
}

async function received(): Promise<unknown[]> {
  const text = await readFile(join(folder, 'commands'), 'utf8').catch(() => '');
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe.skipIf(!tmux)('the terminal app in a real terminal', () => {
  it('shows one extension in 80 x 24 and leaves a clean terminal', async () => {
    const app = await play({ columns: 80, rows: 24 }, '1');
    await app.keys('r');
    const rows = await app.until('the new version', (shown) =>
      ['✓ prove', 'live in 312 ms'].every((text) => shown.some((row) => row.includes(text))),
    );
    expect(rows.length).toBeLessThanOrEqual(24);
    expect(rows.join('\n')).toContain(
      '● com.example.demo  live in 312 ms  0.1.0  abababababab  tenant 51bbbfe5',
    );
    expect(rows).toContain('page http://localhost:3000/msp/extensions/3b8b0204-25d9-57d0-951b-3ed518145469');
    await app.keys('q');
    const left = await app.until('the prompt', (shown) => shown.at(-1) === 'prompt>');
    expect(left.join('\n')).toMatch(/published sha256:abababababab in 312 ms\n.*stopped: quit\nprompt>$/);
    expect(left.filter((row) => row.includes('page http') || row.includes('rebuild'))).toEqual([]);
    expect(await received()).toEqual([{ type: 'rebuild' }, { type: 'quit' }, 'exited']);
  });

  it('gives the keyboard and the cursor back', async () => {
    const app = await play({ columns: 80, rows: 24 }, '1');
    await app.keys('C-c');
    await app.until('the prompt', (rows) => rows.at(-1) === 'prompt>');
    await app.keys('-l', 'stty -a | grep -o " icanon\\| echo "; echo typed');
    await app.keys('Enter');
    const rows = await app.until('the answer', (shown) => shown.includes('typed'));
    expect(rows.slice(-4).map((row) => row.trim())).toEqual(['icanon', 'echo', 'typed', 'prompt>']);
  });

  it('keeps the log in the scrollback while it scrolls', async () => {
    const app = await play({ columns: 80, rows: 24 }, '1', 'chatty');
    await app.until('enough lines', (rows) => rows.some((row) => /guest line [3-9]\d$/.test(row)));
    await app.keys('q');
    await app.until('the prompt', (rows) => rows.at(-1) === 'prompt>');
    const lines = await app.history();
    const numbers = lines.flatMap((line) => (/guest line (\d+)$/.exec(line) ?? []).slice(1).map(Number));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThan(29);
    expect(lines.filter((line) => line.startsWith('page '))).toEqual([]);
  });

  it('survives resizes without leaving anything behind', async () => {
    const app = await play({ columns: 120, rows: 40 }, '1', 'failing');
    for (const [columns, rows] of [
      [80, 24],
      [120, 40],
      [80, 24],
      [100, 30],
    ] as const) {
      await app.resize(columns, rows);
      const shown = await app.until(
        `${columns} x ${rows}`,
        (now) => now.filter((row) => row === KEY_BAR).length === 1,
      );
      expect(shown.length).toBeLessThanOrEqual(rows);
      expect(shown.filter((row) => row.includes('failed, still live:'))).toHaveLength(1);
      expect(shown.join('\n')).toContain('> 12 |   const answer =;');
    }
    const all = await app.history();
    expect(all.filter((row) => row === KEY_BAR)).toHaveLength(1);
    expect(all.filter((row) => row.includes('failed, still live:'))).toHaveLength(1);
  });

  it('fits several extensions in 80 x 24 and narrows keys to the chosen one', async () => {
    const app = await play({ columns: 80, rows: 24 }, '5');
    const rows = await app.screen();
    expect(rows.length).toBeLessThanOrEqual(24);
    expect(rows.filter((row) => row.startsWith('●'))).toHaveLength(5);
    await app.keys('Tab');
    await app.until('the mark', (shown) => shown.some((row) => row.includes('▸com.example.demo')));
    await app.keys('o');
    await expect.poll(received).toEqual([{ type: 'openPage', extension: 'Example/com.example.demo' }]);
  });

  it('clears the screen and filters the log', async () => {
    const app = await play({ columns: 80, rows: 24 }, '1');
    await app.keys('d');
    await app.until('the note', (rows) => rows.some((row) => row.includes('doctor: all well')));
    await app.keys('c');
    const rows = await app.until('no note', (shown) => !shown.some((row) => row.includes('all well')));
    expect(rows.filter((row) => row === KEY_BAR)).toHaveLength(1);
    await app.keys('l');
    await app.until('the filter', (shown) => shown.some((row) => row.includes('── log: build only ──')));
  });
});
