import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { SHAPES, type ShapeCopies, shapeCopies } from './shapes.js';

let copies: ShapeCopies;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let session: RunningSession;

beforeAll(async () => {
  copies = await shapeCopies();
  home = await temporaryHome();
  const folders = await Promise.all(SHAPES.map((shape) => copies.copy(shape)));
  session = startSession(folders, { home: home.home, args: ['--port', '0'] });
});
afterAll(async () => {
  await session.leave();
  await home.remove();
  await copies.remove();
});

/** Waits for an extension to be served; its first error ends the wait. */
async function readyOf(extension: string) {
  const failed = session
    .next('error', (event) => event.extension === extension)
    .then((error) => {
      throw new Error(`${error.code}: ${error.message}`);
    });
  // Unless it is the failure that ends the race, nobody waits for it.
  failed.catch(() => undefined);
  const ready = () => session.next('ready', (event) => event.extension === extension);
  // So many projects at once may take longer than one wait on a busy machine.
  return await Promise.race([ready().catch(ready), failed]);
}

/** The texts of the scripts that a page loads. */
async function scriptsOf(page: string, url: string): Promise<string> {
  const sources = [...page.matchAll(/<script[^>]+src="([^"]+)"/g)].map(
    ([, source]) => new URL(source ?? '', url),
  );
  const texts = await Promise.all(sources.map(async (source) => (await fetch(source)).text()));
  return texts.join('\n');
}

describe.each(SHAPES)('the shape $name', ({ name, handler, ui }) => {
  it('is published and answers', async () => {
    const extension = `Shapes/com.example.${name}`;
    const { urls, contentHash } = await readyOf(extension);
    if (handler) {
      const answer = await fetch(`${urls.gateway}/api/shape?x=1`);
      expect(await answer.json()).toMatchObject({ shape: name, url: '/api/shape?x=1' });
    }
    if (ui) {
      const live = await fetch(urls.ui);
      const published = await fetch(urls.ui.replace('/live/', `/${contentHash}/`));
      expect([live.status, published.status]).toEqual([200, 200]);
      const page = await published.text();
      expect(page).toContain('<title>Shape</title>');
      expect(await scriptsOf(page, published.url)).toMatch(
        new RegExp(`(?:shape ${name}\\b|show\\('${name}'\\))`),
      );
    }
  });
});

describe("a project's own build", () => {
  it('is run again when its input changes, once, and not for what it writes itself', async () => {
    const extension = 'Shapes/com.example.script-ui';
    const { urls } = await readyOf(extension);
    const from = session.mark();
    await writeFile(join(copies.root, 'script-ui/ui/source.txt'), 'shape script-ui again\n');
    const published = (name: string, since: number) =>
      session.next('live', (event) => event.extension === name && event.lane === 'published', since);
    const { contentHash } = await published(extension, from);
    const url = urls.ui.replace('/live/', `/${contentHash}/`);
    expect(await scriptsOf(await (await fetch(url)).text(), url)).toContain('again');
    // Whatever its outputs could set off would come before a later change of another project is through.
    const later = session.mark();
    await writeFile(join(copies.root, 'static-ui/ui/part.js'), "export const part = 'later';\n");
    await published('Shapes/com.example.static-ui', later);
    const builds = session.events
      .slice(from)
      .filter(
        (event) =>
          event.type === 'step' &&
          event.extension === extension &&
          event.step === 'ui' &&
          event.state === 'started',
      );
    expect(builds).toHaveLength(1);
  });
});
