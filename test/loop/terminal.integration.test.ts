import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import type { LiveEvent } from '../../src/dev/events.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { sessionEnvironment, startSession, temporaryHome } from '../support/session.js';
import { type AlgaTerminal, openAlga } from '../tui/alga-terminal.js';
import { eventually } from './processes.js';

const run = promisify(execFile);
const ALGA = join(packageRoot(), 'bin', 'alga.mjs');
const LEAVE_MS = 1_000;
/** Two of the steps in the compact row of the last publish. */
const STEPS = ['✓ pack', '✓ prove'];

/** The whole command in a real terminal: keys reach the session, and the screen says what it did. */
describe.skipIf(!program('tmux'))('the terminal app of a running session', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let terminal: AlgaTerminal;
  let opened: string;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'terminal');
    // What the system opens pages with where there is no desktop: here a script that writes down what it is given.
    opened = join(home.home, 'opened');
    const browser = join(home.home, 'browser');
    await writeFile(browser, `#!/bin/sh\necho "$1" >> ${opened}\n`, { mode: 0o755 });
    terminal = await openAlga({
      ...{ size: { columns: 100, rows: 30 }, home: home.home, args: ['dev', project.root] },
      ...{ settings: { BROWSER: browser }, afterwards: 'echo "left with $?"' },
    });
  });

  afterAll(async () => {
    await terminal?.close();
    await project?.remove();
    await home?.remove();
  });

  const hashOnScreen = async (): Promise<string> => {
    const rows = await terminal.shows(/● com\.example\.terminal +live/);
    const head = rows.find((row) => row.includes('● com.example.terminal')) ?? '';
    return /\b[0-9a-f]{12}\b/.exec(head)?.[0] ?? '';
  };

  /** Position in the scrollback, so that only what follows an action counts. */
  const mark = async (): Promise<number> => (await terminal.history()).length;

  it('shows what is live, its addresses and the steps', async () => {
    const rows = await terminal.shows(
      /● com\.example\.terminal +live in [\d.]+ m?s +0\.1\.0 +[0-9a-f]{12} +tenant [0-9a-f]{8}/,
      /page http:\/\/localhost:\d+\/msp\/extensions\/[0-9a-f-]{36}/,
      /api +http:\/\/localhost:\d+\/api\/ext\/[0-9a-f-]{36}/,
      /run +http:\/\/\S+:\d+/,
      ...STEPS,
    );
    expect(rows.length).toBeLessThanOrEqual(30);
    const page = rows.find((row) => row.startsWith('page '))?.slice('page '.length) ?? '';
    expect((await fetch(page)).status).toBe(200);
  });

  it('shows an edit, an error with its place, and its end', async () => {
    const before = await hashOnScreen();
    const good = await project.read('src/handler.ts');
    await project.write('src/handler.ts', good.replace('logInfo(', 'logInfo((('));
    await terminal.shows('failed, still live:', /src\/handler\.ts:\d+:\d+/, />\s+\d+ \|/, /hint/);
    await project.write('src/handler.ts', good.replace('Hello from the handler', 'Edited'));
    await eventually(hashOnScreen, (hash) => expect(hash).not.toBe(before));
    await terminal.shows(/● com\.example\.terminal +live/);
  });

  it('b goes back to the previous version', async () => {
    const edited = await hashOnScreen();
    await terminal.keys('b');
    await eventually(hashOnScreen, (hash) => expect(hash).not.toBe(edited));
  });

  it('shows another version as soon as that is served, which has nothing to go back to', async () => {
    await project.edit('manifest.json', '"version": "0.1.0"', '"version": "0.2.0"');
    await terminal.shows(/● com\.example\.terminal +live .* 0\.2\.0 /);
    await terminal.keys('b');
    await terminal.logged(/SESSION_NO_PREVIOUS_VERSION/);
    await project.edit('manifest.json', '"version": "0.2.0"', '"version": "0.1.0"');
    await terminal.shows(/● com\.example\.terminal +live .* 0\.1\.0 /);
  });

  it('r builds again, and R restarts the runner', async () => {
    const [before] = [await mark()];
    await terminal.keys('r');
    await eventually(
      () => terminal.history(),
      (rows) =>
        expect(rows.slice(Math.max(0, before - 30)).join('\n')).toMatch(/(?:unchanged|published) sha256:/),
    );
    await terminal.shows(/● com\.example\.terminal +live/);
    await terminal.keys('R');
    await terminal.logged(/runner restarted in \d+ ms/);
  });

  it('o opens the page', async () => {
    await terminal.keys('o');
    await eventually(
      () => readFile(opened, 'utf8').catch(() => ''),
      (text) => expect(text).toMatch(/^http:\/\/localhost:\d+\/msp\/extensions\/[0-9a-f-]{36}\n$/),
    );
  });

  it('d runs the doctor', async () => {
    await terminal.keys('d');
    await terminal.logged(/doctor.*(?:healthy|no problems|everything|checks)/i);
  });

  it('? shows the keys and hides them again', async () => {
    await terminal.keys('?');
    await terminal.shows('serve the previous version again', 'restart the runner');
    await terminal.keys('?');
    await terminal.shows(/● com\.example\.terminal +live/);
  });

  it('l filters the log: requests only shows nothing of a build', async () => {
    await terminal.keys('l');
    await terminal.shows('log:build');
    await terminal.keys('l', 'l', 'l');
    await terminal.shows('log:all');
  });

  it('c clears the screen and keeps the live part', async () => {
    await terminal.shows('runner restarted');
    await terminal.keys('c');
    const rows = await eventually(
      () => terminal.screen(),
      (seen) => {
        expect(seen.join('\n')).not.toContain('runner restarted');
        expect(seen.join('\n')).toMatch(/● com\.example\.terminal +live/);
      },
    );
    expect(rows.length).toBeLessThanOrEqual(30);
  });

  it('survives a resize to 80 x 24 and back', async () => {
    for (const [columns, rows] of [
      [80, 24],
      [100, 30],
    ] as const) {
      await terminal.resize(columns, rows);
      const shown = await eventually(
        () => terminal.screen(),
        (seen) => {
          expect(seen.filter((row) => row.startsWith('r rebuild'))).toHaveLength(1);
          expect(seen.filter((row) => row.startsWith('● '))).toHaveLength(1);
        },
      );
      expect(shown.length).toBeLessThanOrEqual(rows);
      for (const row of shown) expect(row.length).toBeLessThanOrEqual(columns);
    }
  });

  it('q leaves a clean prompt and exit code 0 within a second', async () => {
    const began = performance.now();
    await terminal.keys('q');
    const rows = await eventually(
      () => terminal.screen(),
      (seen) => expect(seen.at(-1)).toBe('prompt>'),
    );
    expect(performance.now() - began).toBeLessThan(LEAVE_MS);
    expect(rows.slice(-2)).toEqual(['left with 0', 'prompt>']);
    expect(rows.filter((row) => row.startsWith('r rebuild') || row.startsWith('page '))).toEqual([]);
  });

  it('prints plain lines without a terminal', async () => {
    const child = run(process.execPath, [ALGA, 'dev', project.root], { env: sessionEnvironment(home.home) });
    let text = '';
    const ready = new Promise<void>((resolve) => {
      child.child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (/ tenant +[0-9a-f-]{36}/.test(text)) resolve();
      });
    });
    await Promise.race([ready, child]);
    child.child.kill('SIGINT');
    await child;
    expect(text).toMatch(/ready local-dev\/com\.example\.terminal 0\.1\.0 sha256:[0-9a-f]{12}/);
    expect(text).toMatch(/page +http:\/\/localhost:\d+/);
    expect(text).toMatch(/stopped: SIGINT\n$/);
    // No colours, no cursor movements.
    expect(text).not.toContain('\u001b');
  });

  it('prints one object a line with --json, each with type and time', async () => {
    const session = startSession([project.root], { home: home.home });
    await session.next('ready');
    const live: LiveEvent = await session.next('live');
    await session.leave();
    expect(live).toMatchObject({ lane: 'published', ms: expect.any(Number), extension: expect.any(String) });
    for (const event of session.events) {
      expect(event).toMatchObject({ type: expect.stringMatching(/^[a-zA-Z]+$/), at: expect.any(String) });
      expect(new Date(event.at).toISOString()).toBe(event.at);
      if (event.type === 'step') expect(['started', 'done', 'failed']).toContain(event.state);
    }
    expect(session.events.at(-1)).toMatchObject({ type: 'stopped', reason: 'SIGTERM' });
  });
});
