import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppHost } from '../support/runner/app-host.js';
import { bundleOfBytes, compressed, keyOf, type TestBundle, tarOf } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { ObjectServer } from '../support/runner/object-server.js';
import { EXTENSION, environment, TENANT } from '../support/runner/runner-environment.js';
import { RunnerProcess } from '../support/runner/runner-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

/** A bundle and the archive it was made from, with the name that the archive has in the live folder. */
interface Archived extends TestBundle {
  readonly name: string;
  readonly tar: Buffer;
}

describe('the archive of a bundle that is still being compressed', () => {
  let store: ObjectServer;
  let app: AppHost;
  let cache: ScratchFolder;
  let live: ScratchFolder;
  let runner: RunnerProcess;
  let component: Buffer;
  let made = 0;

  beforeAll(async () => {
    [store, app, cache, live] = await Promise.all([
      ObjectServer.start(),
      AppHost.start(),
      scratchFolder('archive-cache'),
      scratchFolder('archives'),
    ]);
    component = Buffer.from(await buildGuest(BEHAVIOURS));
    const env = { ...environment(store, app, cache.path), RUNNER_LIVE_COMPONENT_DIR: live.path };
    runner = await RunnerProcess.start({ env });
  });
  afterAll(async () => {
    await runner?.stop('SIGKILL');
    await Promise.all([store?.stop(), app?.stop(), cache?.remove(), live?.remove()]);
  });

  /** Leaves a new archive in the live folder; its bundle is in no store. */
  const archive = async (files: Record<string, string | Buffer>): Promise<Archived> => {
    const name = String(++made).padStart(64, '0');
    const entries = { ...files, 'manifest.json': `bundle ${made}` };
    const tar = await tarOf(Object.entries(entries).map(([path, content]) => ({ name: path, content })));
    await writeFile(join(live.path, `${name}.tar`), tar);
    return { name, tar, ...bundleOfBytes(await compressed(tar)) };
  };
  const warmUp = async (body: { content_hash: string; live_archive?: string }): Promise<unknown> => {
    const response = await fetch(`${runner.url}/warmup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant_id: TENANT, extension_id: EXTENSION, ...body }),
    });
    return response.json();
  };
  const unpackAhead = (name: string): Promise<unknown> => warmUp({ content_hash: '', live_archive: name });
  const page = async ({ hash }: TestBundle): Promise<string> => {
    const path = `/ext-ui/${EXTENSION}/${encodeURIComponent(hash)}/index.html?tenant=${TENANT}`;
    return (await fetch(`${runner.url}${path}`)).text();
  };
  const compiled = async (): Promise<number> => {
    const text = await (await fetch(`${runner.url}/metrics`)).text();
    return Number(/^alga_runner_compile_misses_total (\d+)$/m.exec(text)?.[1]);
  };
  /** What lies in the runner's own temporary folder. */
  const temporary = async (): Promise<string[]> => {
    const [own] = await readdir(join(cache.path, 'tmp'));
    return readdir(join(cache.path, 'tmp', own ?? ''));
  };

  it('is unpacked ahead, and its files are the bundle’s without a download', async () => {
    const one = await archive({ 'dist/main.wasm': component, 'ui/index.html': 'the page' });
    expect(await unpackAhead(one.name)).toMatchObject({ warm: true, live_archive: one.name });
    // Whoever left it may take it away from then on.
    await rm(join(live.path, `${one.name}.tar`));
    const before = await compiled();
    expect(await warmUp({ content_hash: one.hash, live_archive: one.name })).toMatchObject({
      warm: true,
      content_hash: one.hash,
      component: true,
    });
    expect(await compiled()).toBe(before);
    expect(await page(one)).toContain('the page');
    expect(store.gets(keyOf(TENANT, EXTENSION, one.hex))).toBe(0);
    expect(await temporary()).toEqual([]);
  });

  it('with the component of another bundle has nothing compiled', async () => {
    const first = await archive({ 'dist/main.wasm': component, 'ui/index.html': 'one page' });
    await unpackAhead(first.name);
    await warmUp({ content_hash: first.hash, live_archive: first.name });
    const before = await compiled();
    const second = await archive({ 'dist/main.wasm': component, 'ui/index.html': 'another page' });
    await writeFile(join(live.path, `${second.hex}.tar.zst`), second.bytes);
    expect(await warmUp({ content_hash: second.hash })).toMatchObject({ warm: true, component: true });
    expect(await compiled()).toBe(before);
    expect([await page(first), await page(second)]).toEqual([
      expect.stringContaining('one page'),
      expect.stringContaining('another page'),
    ]);
  });

  it('gives way to the next one, and leaves nothing behind', async () => {
    const one = await archive({ 'ui/index.html': 'never published' });
    const next = await archive({ 'ui/index.html': 'published' });
    await unpackAhead(one.name);
    expect(await temporary()).toHaveLength(1);
    await unpackAhead(next.name);
    expect(await temporary()).toHaveLength(1);
    // The bundle of the one before is not there any more, and in no store.
    expect(await warmUp({ content_hash: one.hash, live_archive: one.name })).toMatchObject({
      warm: false,
      code: 'bundle_fetch_failed',
    });
    expect(await warmUp({ content_hash: next.hash, live_archive: next.name })).toMatchObject({ warm: true });
    expect(await page(next)).toContain('published');
    expect(await temporary()).toEqual([]);
  });

  it('is not taken for a bundle of another archive', async () => {
    const one = await archive({ 'ui/index.html': 'unpacked' });
    const other = await archive({ 'ui/index.html': 'handed over' });
    await unpackAhead(one.name);
    await writeFile(join(live.path, `${other.hex}.tar.zst`), other.bytes);
    expect(await warmUp({ content_hash: other.hash, live_archive: other.name })).toMatchObject({
      warm: true,
    });
    expect(await page(other)).toContain('handed over');
    await warmUp({ content_hash: one.hash, live_archive: one.name });
    expect(await page(one)).toContain('unpacked');
  });

  it.each([
    ['that is not there', async () => 'e'.repeat(64)],
    ['outside of the live folder', async () => '../cache'],
    [
      'that is no tar',
      async () => {
        const name = 'f'.repeat(64);
        await writeFile(join(live.path, `${name}.tar`), Buffer.alloc(4_096, 'no tar'));
        return name;
      },
    ],
    [
      'with a path out of it',
      async () => {
        const name = 'a'.repeat(64);
        await writeFile(
          join(live.path, `${name}.tar`),
          await tarOf([{ name: '../../outside', content: 'x' }]),
        );
        return name;
      },
    ],
  ])('%s is refused, and leaves nothing', async (_, given) => {
    expect(await unpackAhead(await given())).toMatchObject({ warm: false, code: 'live_archive_missing' });
    expect(await temporary()).toEqual([]);
  });
});
