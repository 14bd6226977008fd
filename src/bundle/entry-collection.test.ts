import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectEntries } from './entry-collection.js';

let root: string;
let uiDir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-bundle-'));
  uiDir = join(root, 'ui');
  await put('ui/index.html', 'page');
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function put(name: string, text = ''): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

const namesOf = async (): Promise<string[]> =>
  (await collectEntries({ manifestText: '{}', uiDir })).map((entry) => entry.name);

test('manifest text, component and UI files, each once, sorted', async () => {
  await put('ui/assets/app.js', 'js');
  const manifestText = '{ "name" : "x" }\n';
  const component = Buffer.from('wasm');
  const entries = await collectEntries({ manifestText, component, uiDir });
  expect(entries.map((entry) => [entry.name, Buffer.from(entry.content).toString()])).toEqual([
    ['dist/main.wasm', 'wasm'],
    ['manifest.json', manifestText],
    ['ui/assets/app.js', 'js'],
    ['ui/index.html', 'page'],
  ]);
});

test('without UI or component only the manifest is collected', async () => {
  const entries = await collectEntries({ manifestText: '{}' });
  expect(entries.map((entry) => entry.name)).toEqual(['manifest.json']);
});

test('hidden files, node_modules and old bundles are left out and named', async () => {
  for (const name of ['.env', '.git/config', 'node_modules/a/index.js', 'bundle.tar.zst', 'a/.cache/x']) {
    await put(`ui/${name}`, 'secret');
  }
  const leftOut: string[] = [];
  const entries = await collectEntries({
    manifestText: '{}',
    uiDir,
    onLeftOut: (name, reason) => leftOut.push(`${name}: ${reason}`),
  });
  expect(entries.map((entry) => entry.name)).toEqual(['manifest.json', 'ui/index.html']);
  expect(leftOut.sort()).toEqual([
    'ui/.env: hidden',
    'ui/.git: hidden',
    'ui/a/.cache: hidden',
    'ui/bundle.tar.zst: an older bundle',
    'ui/node_modules: not part of a page',
  ]);
});

test.each(['server.key', 'cert.pem', 'id_rsa', 'env.production', 'credentials.json', 'a/deep/store.p12'])(
  'B5: %s stops the build instead of being published',
  async (name) => {
    await put(`ui/${name}`);
    await expect(namesOf()).rejects.toMatchObject({ code: 'BUNDLE_SECRET_FILE' });
  },
);

test('a link inside the folder is followed', async () => {
  await put('ui/real/a.js', 'a');
  await symlink(join(uiDir, 'real/a.js'), join(uiDir, 'file.js'));
  await symlink(join(uiDir, 'real'), join(uiDir, 'folder'));
  expect(await namesOf()).toEqual([
    'manifest.json',
    'ui/file.js',
    'ui/folder/a.js',
    'ui/index.html',
    'ui/real/a.js',
  ]);
});

test('a link around itself ends', async () => {
  await symlink(uiDir, join(uiDir, 'again'));
  expect(await namesOf()).toEqual(['manifest.json', 'ui/index.html']);
});

test.each(['outside.txt', 'ui-sibling/x.js'])('a link to %s is refused and named', async (target) => {
  await put(target, 'private');
  await symlink(join(root, target), join(uiDir, 'link.js'));
  await expect(namesOf()).rejects.toMatchObject({
    code: 'BUNDLE_LINK_OUTSIDE',
    message: expect.stringContaining('ui/link.js'),
  });
});

test('a link to nowhere is refused', async () => {
  await symlink(join(root, 'nothing'), join(uiDir, 'link.js'));
  await expect(namesOf()).rejects.toMatchObject({ code: 'BUNDLE_LINK_OUTSIDE' });
});

test('a missing folder and a folder without a page are told apart from an empty bundle', async () => {
  await rm(join(uiDir, 'index.html'));
  await expect(namesOf()).rejects.toMatchObject({ code: 'BUNDLE_UI_MISSING' });
  await rm(uiDir, { recursive: true });
  await expect(namesOf()).rejects.toMatchObject({ code: 'BUNDLE_UI_MISSING' });
});
