import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { type AlgaTerminal, openAlga } from '../tui/alga-terminal.js';
import { cleanEnv, found } from './support.js';

const WIT = 'wit/extension-runner.wit';
const RUNNER_ENV =
  'ALGA_AUTH_KEY=k\nREGISTRY_BASE_URL=http://h:3000\nBUNDLE_STORE_BASE=http://s:9000/alga\nEXT_STATIC_STRICT_VALIDATION=yes\n';

/** Repairs that are not safe are asked for one by one: what is answered with no stays as it was. */
describe.skipIf(!program('tmux'))('alga doctor --fix in a terminal', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let terminal: AlgaTerminal;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('component', 'asked');
    await project.edit(WIT, 'import services;', 'import services;\n  import teleport;');
    await writeFile(join(project.root, '.env.runner'), RUNNER_ENV);
    const args = ['doctor', project.root, '--fix'];
    const afterwards = 'echo "it ended with $?"';
    terminal = await openAlga({ size: { columns: 120, rows: 60 }, home: home.home, args, afterwards });
  });
  afterAll(async () => {
    await terminal?.close();
    await project?.remove();
    await home?.remove();
  });

  const ENDED = 'it ended with ';
  /** The check whose repair is asked for, or that the command has ended; another one than `last`. */
  const next = async (last: string | undefined): Promise<string> => {
    const open = (rows: readonly string[]): string | undefined => {
      const end = rows.find((row) => row.startsWith(ENDED));
      const question = rows.find((row) => row.startsWith('◆'));
      return end ?? /^◆ +([a-z.-]+):/.exec(question ?? '')?.[1];
    };
    const rows = await terminal.until(
      `what follows ${last}`,
      (all) => ![undefined, last].includes(open(all)),
    );
    return open(rows) ?? '';
  };

  it('does what is answered with yes, and nothing else', async () => {
    const broken = await project.read(WIT);
    expect((await found(project.root, cleanEnv(home.home))).sort()).toEqual([
      'project.wit',
      'runner.env-file',
    ]);
    const asked: string[] = [];
    let now = await next(undefined);
    while (!now.startsWith(ENDED)) {
      asked.push(now);
      await terminal.keys(now === 'runner.env-file' ? 'y' : 'n');
      now = await next(now);
    }
    expect(asked.sort()).toEqual(['project.wit', 'runner.env-file']);
    const rows = await terminal.screen();
    expect(rows.join('\n')).toMatch(/mended: runner\.env-file/);
    expect(rows.join('\n')).not.toMatch(/mended: project\.wit/);
    expect(rows).toContainEqual('it ended with 0');
    expect(await project.read(WIT)).toBe(broken);
    expect(await project.read('.env.runner')).toContain('EXT_STATIC_STRICT_VALIDATION=true');
    expect(await found(project.root, cleanEnv(home.home))).toEqual(['project.wit']);
  });
});
