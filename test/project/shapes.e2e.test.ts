import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { SHAPES, type ShapeCopies, shapeCopies } from './shapes.js';

/** A build command of another language is covered by the tests of the loop. */
const shapes = SHAPES.filter(({ name }) => name !== 'other-language');

let copies: ShapeCopies;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let session: RunningSession;

beforeAll(async () => {
  copies = await shapeCopies();
  home = await temporaryHome();
  const folders = await Promise.all(shapes.map((shape) => copies.copy(shape)));
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
  return await Promise.race([session.next('ready', (event) => event.extension === extension), failed]);
}

/** The texts of the scripts that a page loads. */
async function scriptsOf(page: string, url: string): Promise<string> {
  const sources = [...page.matchAll(/<script[^>]+src="([^"]+)"/g)].map(
    ([, source]) => new URL(source ?? '', url),
  );
  const texts = await Promise.all(sources.map(async (source) => (await fetch(source)).text()));
  return texts.join('\n');
}

describe.each(shapes)('the shape $name', ({ name, handler, ui }) => {
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
