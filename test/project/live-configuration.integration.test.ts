import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { workFolder } from '../testing/support.js';

/** Tells what it was built from, a secret of the install, and whether the clock moves. */
const HANDLER = (name: string) => `
import { get } from 'alga:extension/secrets';

const secret = (key) => {
  try {
    return get(key);
  } catch (error) {
    return error.payload;
  }
};

export function handler(request) {
  const body = { entry: '${name}', token: secret('TOKEN'), other: secret('OTHER') };
  return { status: 200, headers: [], body: new TextEncoder().encode(JSON.stringify(body)) };
}
`;

let root: string;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let session: RunningSession;
let ready: ReadyEvent;

beforeAll(async () => {
  root = await workFolder('configuration');
  const write = (path: string, text: string) => writeFile(join(root, path), text);
  await mkdir(join(root, 'src'));
  await mkdir(join(root, '.alga'));
  await write(
    'manifest.json',
    JSON.stringify({
      name: 'com.example.configured',
      publisher: 'Tests',
      version: '1.0.0',
      runtime: 'wasm-js@1',
      capabilities: ['cap:secrets.get'],
      api: { endpoints: [{ method: 'GET', path: '/api/it', handler: 'dist/main' }] },
    }),
  );
  await write('src/handler.js', HANDLER('found'));
  await write('other.js', HANDLER('configured'));
  await write('base.ts', "export const region: string = 'eu';\n");
  await write('.alga/secrets.env', 'TOKEN=first\n');
  await write(
    'alga.config.ts',
    "import { region } from './base.ts';\nexport default { settings: { region } };\n",
  );
  home = await temporaryHome();
  session = startSession([root], { home: home.home, args: ['--port', '0'] });
  ready = await session.next('ready');
});
afterAll(async () => {
  await session?.leave();
  await home?.remove();
  await rm(root, { recursive: true, force: true });
});

const answer = async () => (await fetch(`${ready.urls.gateway}/api/it`)).json();
const published = (from: number) => session.next('live', ({ lane }) => lane === 'published', from);

/** Values of the install, as the page around the extension shows them. */
async function settings(): Promise<unknown> {
  const origin = new URL(ready.urls.page).origin;
  const page = await (await fetch(ready.urls.page)).text();
  const boot = JSON.parse(/id="boot">(.*?)<\/script>/s.exec(page)?.[1] ?? 'null') as { token: string };
  const url = `${origin}/__alga/api/extensions/${ready.registryId}/config`;
  return await (await fetch(url, { headers: { 'x-alga-token': boot.token, origin } })).json();
}

describe('a configuration that changes while alga dev runs', () => {
  it('has put secrets and values on the install when the extension is ready', async () => {
    expect(await answer()).toEqual({ entry: 'found', token: 'first', other: 'missing' });
    expect(await settings()).toEqual({ config: { region: 'eu' } });
  });

  it('takes effect: another handler, other values, also from a file it imports', async () => {
    let from = session.mark();
    await writeFile(join(root, 'base.ts'), "export const region: string = 'us';\n");
    await published(from);
    expect(await settings()).toEqual({ config: { region: 'us' } });
    from = session.mark();
    const config = "export default { handler: { entry: 'other.js' }, settings: { plan: { seats: 3 } } };\n";
    await writeFile(join(root, 'alga.config.ts'), config);
    await published(from);
    expect(await answer()).toMatchObject({ entry: 'configured' });
    expect(await settings()).toEqual({ config: { plan: '{"seats":3}' } });
  });

  it('takes up secrets with the next publish, and takes back those that are gone', async () => {
    await writeFile(join(root, '.alga/secrets.env'), 'OTHER=second\n');
    const from = session.mark();
    await writeFile(join(root, 'other.js'), HANDLER('edited'));
    await published(from);
    expect(await answer()).toEqual({ entry: 'edited', token: 'missing', other: 'second' });
  });

  it('says what only a new session can take up, once', async () => {
    const from = session.mark();
    const config = "export default { handler: { entry: 'other.js' }, port: 4567, parity: true };\n";
    await writeFile(join(root, 'alga.config.ts'), config);
    await published(from);
    const again = session.mark();
    await writeFile(join(root, 'alga.config.ts'), `${config}// the same again\n`);
    await published(again);
    const told = session.events.slice(from).flatMap((event) => (event.type === 'warning' ? [event] : []));
    expect(told.filter(({ code }) => code === 'CONFIG_NEEDS_RESTART')).toMatchObject([
      { message: 'The setting parity is true now; this session goes on with false' },
    ]);
  });

  it('tells a mistake with its place, and goes on when it is mended', async () => {
    let from = session.mark();
    await writeFile(join(root, 'alga.config.ts'), 'export default {\n  portt: 1,\n};\n');
    expect(await session.next('error', undefined, from)).toMatchObject({
      code: 'CONFIG_INVALID',
      file: 'alga.config.ts',
      line: 2,
      column: 3,
    });
    expect(await answer()).toMatchObject({ entry: 'edited' });
    from = session.mark();
    await writeFile(join(root, 'alga.config.ts'), 'export default {};\n');
    await published(from);
    expect(await answer()).toMatchObject({ entry: 'found' });
  });
});
