import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from './log-file.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alga-log-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('LogFile', () => {
  it('writes lines in order, with their time unless told not to, and appends to what is there', async () => {
    const path = join(dir, 'logs', 'a.log');
    const stamped = new LogFile(path);
    stamped.line('first');
    await stamped.close();
    const plain = new LogFile(path, { stamped: false });
    for (const line of ['second', 'third']) plain.line(line);
    await plain.close();
    expect(await readFile(path, 'utf8')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z first\nsecond\nthird\n$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps at most two files of its size', async () => {
    const log = new LogFile(join(dir, 'a.log'), { maxBytes: 1_000, stamped: false });
    for (let i = 0; i < 100; i++) {
      log.line(`${i} ${'x'.repeat(100)}`);
      await log.close();
    }
    expect((await readdir(dir)).sort()).toEqual(['a.log', 'a.log.1']);
    expect(await readFile(join(dir, 'a.log'), 'utf8')).toContain('99 ');
    expect((await stat(join(dir, 'a.log.1'))).size).toBeLessThan(1_200);
  });

  it('drops what comes faster than it can be written, and says how much', async () => {
    const log = new LogFile(join(dir, 'a.log'), { stamped: false });
    const line = 'x'.repeat(999);
    for (let i = 0; i < 1_500; i++) log.line(line);
    await log.close();
    const text = await readFile(join(dir, 'a.log'), 'utf8');
    expect(text.length).toBeLessThan(1_001_000);
    expect(text).toContain('(500 lines dropped)');
  });

  it('does without when the disk refuses', async () => {
    const log = new LogFile(join(dir, 'a.log', 'not-a-folder\0'));
    log.line('lost');
    await log.close();
  });
});
