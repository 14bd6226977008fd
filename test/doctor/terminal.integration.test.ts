import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../loop/processes.js';
import { type Backend, openBackend } from '../support/backend.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { type AlgaTerminal, openAlga } from '../tui/alga-terminal.js';

const MENDS = 'd doctor f mend l log:all';

/** A fault behind a session in a real terminal: the screen offers the key, and the key mends it. */
describe.skipIf(!program('tmux'))('the doctor in the terminal of a running session', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let terminal: AlgaTerminal;
  let backend: Backend;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'mended');
    const args = ['dev', project.root];
    terminal = await openAlga({ size: { columns: 110, rows: 30 }, home: home.home, args });
    await terminal.shows(/● com\.example\.mended +live/);
    backend = await openBackend(home.home);
  });
  afterAll(async () => {
    await backend?.close();
    await terminal?.keys('q');
    await terminal?.close();
    await project?.remove();
    await home?.remove();
  });

  it('f is offered for what it mends, mends it, and is offered no longer', async () => {
    expect((await terminal.screen()).join('\n')).not.toContain('f mend');
    const menus = () => backend.query<{ ui: unknown }>('SELECT ui FROM extension_version');
    const before = await menus();
    await backend.query('UPDATE extension_version SET ui = NULL');
    await terminal.keys('d');
    await terminal.shows(MENDS);
    await terminal.logged(/! registry\.menu [\s\S]*hint: Press f in alga dev/);
    await terminal.keys('f');
    await terminal.logged(/mended registry\.menu: row extension_version/);
    await eventually(
      () => terminal.screen(),
      (rows) => expect(rows.join('\n')).not.toContain('f mend'),
    );
    expect(await menus()).toEqual(before);
    await terminal.logged(/doctor found nothing wrong/);
  });

  it('a fault of the syntax is one line and a frame in the log, without what the bundler draws', async () => {
    const good = await project.read('src/handler.ts');
    await project.write('src/handler.ts', good.replace('logInfo(', 'logInfo((('));
    const rows = await terminal.logged(/✗ HANDLER_SYNTAX/);
    await terminal.shows('failed, still live:', />\s+\d+ \|/);
    // The bundler colours what it writes for a terminal, its code too.
    expect(rows.join('\n')).not.toMatch(/[╭╰│─]|PARSE_ERROR|cause:/);
    await project.write('src/handler.ts', good);
    await terminal.shows(/● com\.example\.mended +live/);
  });
});
