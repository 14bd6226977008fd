import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { projectFaults, type QuietFault, writerFor } from './faults/project-faults.js';
import { expectCall, expectPage, expectWorking } from './faults/working.js';
import { cleanEnv, found, lookAndMend } from './support.js';

type Template = QuietFault['template'];

/** What shows that an extension of the template works. */
const WORKS: Readonly<Record<Template, (ready: ReadyEvent) => Promise<void>>> = {
  component: (ready) => expectCall(ready, '/api/hello'),
  full: expectWorking,
  'ui-react': expectPage,
  'ui-static': expectPage,
};

/** No fault behind a session: its own files lie where leftovers do, and it publishes nothing from dist/. */
const QUIET = ['machine.leftovers', 'project.component', 'project.artifacts'];
const FAULTS = projectFaults.filter(({ check }) => !QUIET.includes(check));

interface Extension {
  readonly project: ScratchProject;
  readonly ready: ReadyEvent;
}

/** Files that the author, or whatever works for the author, breaks while `alga dev` runs. */
describe('faults of files, behind a session that runs', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let session: RunningSession;
  const projects = new Map<Template, ScratchProject>();
  const extensions = new Map<Template, Extension>();

  beforeAll(async () => {
    home = await temporaryHome();
    for (const template of new Set(FAULTS.map((fault) => fault.template)))
      projects.set(template, await scratchProject(template, `broken-${template}`));
    const roots = [...projects.values()].map(({ root }) => root);
    session = startSession(roots, { home: home.home });
    for (const [template, project] of projects) {
      const own = ({ extension }: { extension: string }): boolean => extension.endsWith(`broken-${template}`);
      const ready = await session.next('ready', own);
      await session.next('live', (event) => own(event) && event.lane === 'published');
      extensions.set(template, { project, ready });
    }
  });
  afterAll(async () => {
    await session?.leave();
    for (const project of projects.values()) await project.remove();
    await home?.remove();
  });

  const extensionOf = (template: Template): Extension => {
    const extension = extensions.get(template);
    if (extension === undefined) throw new Error(`nothing of ${template} runs`);
    return extension;
  };

  /** Looks until the fault is or is no longer found, as soon as the session has noticed; nothing else may be found. */
  const until = (root: string, env: NodeJS.ProcessEnv, check: string, there: boolean): Promise<boolean> =>
    vi.waitUntil(
      async () => {
        const ids = await found(root, env);
        expect(ids.filter((id) => id !== check)).toEqual([]);
        return there === ids.length > 0;
      },
      { timeout: 20_000 },
    );

  it.each(FAULTS)('$check $how', async ({ check, template, cause, mends }) => {
    const { project, ready } = extensionOf(template);
    const { root } = project;
    const env = cleanEnv(home.home);
    const restore = await remember(root);
    const caused = (await cause({ project, write: writerFor(root) })) as
      | { env?: NodeJS.ProcessEnv; undo?: () => unknown }
      | undefined;
    const around = { ...env, ...caused?.env };
    try {
      if (mends) {
        const { seen, mended } = await lookAndMend(root, around);
        expect({ seen, mended }).toEqual({ seen: [check], mended: [check] });
      } else {
        await until(root, around, check, true);
      }
    } finally {
      await caused?.undo?.();
      if (!mends) await restore();
    }
    await until(root, env, check, false);
    await WORKS[template](ready);
    if (mends) await restore();
  });

  it('a save goes live after all of them', async () => {
    const { project, ready } = extensionOf('component');
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello from the handler', 'Hello from the handler, still');
    await session.next('live', ({ lane, changed }) => lane === 'published' && changed === true, from);
    const answer = await fetch(`${ready.urls.gateway}/api/hello`);
    expect(await answer.json()).toMatchObject({ message: 'Hello from the handler, still' });
  });
});

/** Notes what the author's files are; gives what puts them back and takes away what has come since. */
async function remember(root: string): Promise<() => Promise<void>> {
  const before = new Map<string, Buffer | undefined>();
  for (const path of await pathsOf(root)) before.set(path, await contentOf(path));
  return async () => {
    for (const path of await pathsOf(root))
      if (!before.has(path)) await rm(path, { recursive: true, force: true });
    for (const [path, content] of before) {
      const now = await contentOf(path);
      if (content !== undefined && now?.equals(content) !== true) await writeFile(path, content);
    }
  };
}

async function pathsOf(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => !/(?:^|[/\\])\.(?:alga|vite)/.test(name)).map((name) => join(root, name));
}

/** Undefined for a folder, and for what is not there. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
  return isFile ? readFile(path) : undefined;
}
