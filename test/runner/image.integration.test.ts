import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { bundleOf } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { S3Store } from '../support/runner/s3-store.js';
import { scratchFolder } from '../support/runner/scratch-folder.js';

// No container engine here: the files the image gets are laid out in a folder of their own, with the
// packages it keeps and none of their install scripts' results, and started as nobody in particular.

const MAX_IMAGE_BYTES = 48 * 1024 * 1024;

const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
const EXTENSION = '9a8b7c6d-0000-4000-8000-000000000002';
/** The user of the image has no rights beyond its own; only root can become somebody else here. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const cleanup: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

interface LockedPackage {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** Folders of the packages named and of all they need, as Node would find them. */
async function closureOf(names: readonly string[]): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(packageRoot(), 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const beside = join(from, 'node_modules', name);
    const locked = lock.packages[beside];
    if (locked === undefined) {
      if (from !== '') visit(name, parentOf(from));
      return;
    }
    if (found.has(beside)) return;
    found.add(beside);
    for (const needed of Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })) {
      visit(needed, beside);
    }
  };
  for (const name of names) visit(name, '');
  return [...found];
}

/** The folder whose `node_modules` the next look goes to. */
function parentOf(folder: string): string {
  const at = folder.lastIndexOf('node_modules');
  return at <= 0 ? '' : folder.slice(0, at - 1);
}

async function layOut(app: string): Promise<void> {
  const root = packageRoot();
  const dockerfile = await readFile(join(root, 'runner/Dockerfile'), 'utf8');
  const kept = /ARG RUNNER_PACKAGES="([^"]+)"/.exec(dockerfile)?.[1]?.split(' ') ?? [];
  const { name, version, type } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await writeFile(join(app, 'package.json'), JSON.stringify({ name, version, type, private: true }));
  for (const folder of await closureOf(kept)) {
    // Packages for other systems are not installed.
    if ((await stat(join(root, folder)).catch(() => undefined)) === undefined) continue;
    await mkdir(join(app, dirname(folder)), { recursive: true });
    await cp(join(root, folder), join(app, folder), { recursive: true });
  }
  // The paths of the last stage, each to the same path below the image's folder.
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  for (const [, from, to] of last.matchAll(/^COPY (?:--from=build \/build\/)?(\S+) \.\/(\S+)$/gm)) {
    if (from === undefined || from !== to || from.endsWith('node_modules')) continue;
    await cp(join(root, from), join(app, to), { recursive: true });
  }
}

/** Exit code of the image's health check against a port, as the image's user runs it. */
async function healthCheck(port: number): Promise<number | null> {
  const dockerfile = await readFile(join(packageRoot(), 'runner/Dockerfile'), 'utf8');
  const command = /^HEALTHCHECK [^\n]*\\\n\s*CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
  const [program, ...args] = JSON.parse(command) as string[];
  expect(program).toBe('node');
  const child = spawn(process.execPath, args, { ...NOBODY, stdio: 'ignore', env: { PORT: String(port) } });
  return await new Promise((resolve) => child.once('exit', resolve));
}

/** Bytes of all files below a folder. */
async function sizeOf(folder: string): Promise<number> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = found.flatMap((item) => (item.isFile() ? [stat(join(item.parentPath, item.name))] : []));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

it('the files of the image are enough to serve, as a user without rights', async () => {
  const [app, cache, store] = await Promise.all([
    scratchFolder('image'),
    scratchFolder('image-cache'),
    S3Store.start(),
  ]);
  cleanup.push(app.remove, cache.remove, () => store.stop());
  await layOut(app.path);
  // What comes on top of the base image.
  expect(await sizeOf(app.path)).toBeLessThan(MAX_IMAGE_BYTES);
  await chmod(app.path, 0o755);
  await chmod(cache.path, 0o777);
  const bundle = await bundleOf({ 'dist/main.wasm': await buildGuest(BEHAVIOURS) });
  await store.put(TENANT, EXTENSION, bundle, bundle.bytes);

  const child = spawn(process.execPath, ['dist/runner/src/main.js'], {
    cwd: app.path,
    ...NOBODY,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      RUNNER_HOST: '127.0.0.1',
      ALGA_AUTH_KEY: 'image-auth-key',
      REGISTRY_BASE_URL: 'http://127.0.0.1:1',
      EXT_CACHE_ROOT: join(cache.path, 'cache'),
      ...store.environment,
    },
  });
  cleanup.push(async () => child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk;
      const ready = /"port":(\d+).*"runner ready"|"runner ready".*"port":(\d+)/.exec(output);
      if (ready !== null) resolve(Number(ready[1] ?? ready[2]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  const response = await fetch(`http://127.0.0.1:${port}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION },
    body: JSON.stringify({
      context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash },
      http: { method: 'GET', path: '/count' },
      limits: { timeout_ms: 20_000 },
    }),
  });
  expect(await response.json()).toMatchObject({ status: 200, error: null });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  expect(await healthCheck(port)).toBe(0);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(await healthCheck(port)).toBe(1);
});
