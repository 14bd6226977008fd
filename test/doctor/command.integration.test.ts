import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { CHECKS, reportSchema } from '../../src/doctor/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { cleanEnv } from './support.js';

const run = promisify(execFile);
const program = join(packageRoot(), 'test', 'doctor', 'program.mjs');

describe('alga doctor', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('ui-static', 'command');
  });
  afterAll(async () => {
    await project.remove();
    await home.remove();
  });

  const alga = async (...args: string[]): Promise<{ out: string; code: number }> => {
    const env = cleanEnv(home.home);
    try {
      const { stdout } = await run(process.execPath, [program, 'doctor', ...args], {
        env,
        cwd: project.root,
      });
      return { out: stdout, code: 0 };
    } catch (thrown) {
      const { stdout, code } = thrown as { stdout: string; code: number };
      return { out: stdout, code };
    }
  };

  it('is quick and content when nothing runs and nothing is wrong', async () => {
    const { out, code } = await alga('--json');
    expect(reportSchema.parse(JSON.parse(out))).toMatchObject({
      schema: 1,
      healthy: true,
      findings: [],
      unknown: [],
    });
    expect(code).toBe(0);
    const { ms } = JSON.parse(out) as { ms: number };
    expect(ms).toBeLessThan(2_000);
  });

  it('lists every check, and refuses one it does not have', async () => {
    expect((await alga('--list')).out.trim().split('\n')).toHaveLength(CHECKS.length);
    expect(await alga('--only', 'reachable', '--json')).toMatchObject({
      code: 2,
      out: expect.stringContaining('store.reachable'),
    });
  });

  it('shows, mends, takes back; writes a report without the home folder', async () => {
    const lock = join(project.root, '.alga', 'session.lock');
    const report = join(home.home, 'report.json');
    await mkdir(join(project.root, '.alga'), { recursive: true });
    await writeFile(lock, '{"pid":1,"startedAt":"long ago"}');
    const planned = await alga('--dry-run');
    expect(planned.out).toContain('planned: machine.leftovers');
    expect((await stat(lock)).isFile()).toBe(true);
    const mended = await alga('--fix', '--bundle-report', report);
    expect(mended.out).toContain('mended: machine.leftovers');
    expect(mended.out).toContain('Nothing is wrong');
    await expect(stat(lock)).rejects.toThrow();
    expect(await readFile(report, 'utf8')).not.toContain(`"${homedir()}`);
    await alga('--undo');
    expect((await stat(lock)).isFile()).toBe(true);
    expect((await alga('--undo')).code).toBe(1);
  });
});
