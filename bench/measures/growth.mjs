// How the loop grows with the size of the handler, the number of extensions and the number of UI modules.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { handlerEdits, uiEdits } from '../lib/edits.mjs';
import { temporaryHome } from '../lib/home.mjs';
import { memoryOfSession } from '../lib/memory.mjs';
import { fullProject } from '../lib/projects.mjs';
import { startSession } from '../lib/session.mjs';
import { summarise } from '../lib/statistics.mjs';

const HANDLER_KB = [10, 100, 1000];
const EXTENSIONS = [1, 5, 20];
const UI_MODULES = [10, 100, 1000];

export async function measureGrowth({ edits, browser }) {
  const measures = {};
  for (const kb of HANDLER_KB) {
    await withSession(
      [await projectWith((folder) => growHandler(folder, kb))],
      async (session, [project], ready) => {
        const handlerFile = join(project.folder, 'src', 'handler.ts');
        const { answered, proven } = await handlerEdits({
          session,
          handlerFile,
          gateway: ready.urls.gateway,
          edits,
        });
        measures[`handler of ${kb} kB: save -> new answer`] = answered;
        measures[`handler of ${kb} kB: save -> published and proven`] = proven;
      },
    );
  }
  for (const count of EXTENSIONS) {
    const projects = [];
    for (let i = 0; i < count; i++) projects.push(await projectWith(async () => {}));
    await withSession(projects, async (session, [project], ready, ms) => {
      const handlerFile = join(project.folder, 'src', 'handler.ts');
      const { answered } = await handlerEdits({ session, handlerFile, gateway: ready.urls.gateway, edits });
      measures[`${count} extensions: first start -> all published`] = summarise([ms]);
      measures[`${count} extensions: save -> new answer`] = answered;
      measures[`${count} extensions: memory (MiB)`] = summarise([
        sum(await memoryOfSession(session.child.pid)),
      ]);
    });
  }
  for (const modules of browser ? UI_MODULES : []) {
    await withSession(
      [await projectWith((folder) => growUi(folder, modules))],
      async (session, [project], ready) => {
        const appFile = join(project.folder, 'ui', 'src', 'App.tsx');
        measures[`UI of ${modules} modules: save -> visible`] = await uiEdits({
          session,
          browser,
          pageUrl: ready.urls.page,
          appFile,
          edits,
        });
      },
    );
  }
  return measures;
}

let serial = 0;

async function projectWith(grow) {
  const project = await fullProject(`growth${++serial}`);
  await grow(project.folder);
  return project;
}

/** Runs one session over fresh projects; `ready` is the first project's. */
async function withSession(projects, work) {
  const home = await temporaryHome();
  const session = startSession(
    projects.map((project) => project.folder),
    home.folder,
  );
  try {
    const names = await Promise.all(projects.map((project) => nameOf(project.folder)));
    const events = await Promise.all(
      names.map((name) =>
        session.next((event) => event.type === 'ready' && event.extension.endsWith(`/${name}`)),
      ),
    );
    const ms = performance.now() - session.began;
    await session.next((event) => event.type === 'step' && event.step === 'types' && event.state === 'done');
    await work(session, projects, events[0], ms);
  } finally {
    await session.stop();
    for (const project of projects) await project.remove();
    await home.remove();
  }
}

async function nameOf(folder) {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')).name;
}

/** A module of about so many kilobytes of code that the handler calls into. */
async function growHandler(folder, kb) {
  const lines = Math.round((kb * 1000) / 90);
  const entries = Array.from(
    { length: lines },
    (_, i) => `  { id: ${i}, text: 'entry ${i} of a long table', twice(): number { return ${2 * i}; } },`,
  );
  const table = `export const table = [\n${entries.join('\n')}\n];\n`;
  await writeFile(join(folder, 'src', 'table.ts'), table);
  const file = join(folder, 'src', 'handler.ts');
  const source = await readFile(file, 'utf8');
  const used = source.replace(
    "'GET' && path === '/api/status'",
    "'GET' && path === '/api/status' && table.length > 0",
  );
  await writeFile(file, `import { table } from './table.ts';\n${used}`);
}

/** So many modules, each imported by the page and shown once. */
async function growUi(folder, count) {
  const parts = join(folder, 'ui', 'src', 'parts');
  await mkdir(parts);
  for (let i = 0; i < count; i++) {
    await writeFile(join(parts, `Part${i}.tsx`), `export function Part${i}() {\n  return <i>${i}</i>;\n}\n`);
  }
  const numbers = Array.from({ length: count }, (_, i) => i);
  const imports = numbers.map((i) => `import { Part${i} } from './Part${i}.tsx';`).join('\n');
  const shown = numbers.map((i) => `<Part${i} />`).join('');
  await writeFile(
    join(parts, 'index.tsx'),
    `${imports}\n\nexport function Parts() {\n  return <p hidden>${shown}</p>;\n}\n`,
  );
  const file = join(folder, 'ui', 'src', 'App.tsx');
  const source = await readFile(file, 'utf8');
  const withParts = source.replace(/(\n\s*)<\/main>/, '$1  <Parts />$1</main>');
  if (withParts === source) throw new Error('the template has no place for the parts');
  await writeFile(file, `import { Parts } from './parts/index.tsx';\n${withParts}`);
}

function sum(parts) {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}
