import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/entry.js';
import type { TestExtension } from '../../src/testing/index.js';

/** A folder below the repository, so that projects in it find its packages. */
export async function workFolder(name: string): Promise<string> {
  const parent = join(packageRoot(), '.alga', 'test');
  await mkdir(parent, { recursive: true });
  return await mkdtemp(join(parent, `${name}-`));
}

const ROUTES = ['/call', '/echo', '/throw', '/log', '/loop', '/clock', '/duplicates', '/no-body', '/count'];
const CAPABILITIES = [
  'secrets.get',
  'http.fetch',
  'storage.kv',
  'ui.proxy',
  'scheduler.manage',
  'invoice.manual.create',
  'client.read',
  'service.read',
];

/** A project whose handler does what its path says; `without` are capabilities it lacks. */
export async function guestProject(without: readonly string[] = []): Promise<string> {
  const root = await workFolder('testing');
  const endpoints = ROUTES.flatMap((path) =>
    ['GET', 'POST'].map((method) => ({ method, path, handler: 'dist/main' })),
  );
  const capabilities = CAPABILITIES.filter((name) => !without.includes(name)).map((name) => `cap:${name}`);
  const manifest = {
    name: 'com.example.tested',
    publisher: 'Tests',
    version: '1.0.0',
    runtime: 'wasm-js@1',
    capabilities,
    api: { endpoints },
  };
  await writeFile(join(root, 'manifest.json'), JSON.stringify(manifest));
  await mkdir(join(root, 'src'));
  await cp(join(packageRoot(), 'test/fixtures/components/handler.js'), join(root, 'src/handler.js'));
  return root;
}

/** Calls a host function from inside the guest: `{ ok }` or `{ thrown }`, as the guest saw it. */
export async function hostCall(
  extension: TestExtension,
  call: readonly [string, string],
  ...args: readonly unknown[]
): Promise<unknown> {
  return (await extension.call('POST', '/call', { body: { call, args } })).json();
}
