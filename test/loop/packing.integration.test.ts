import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createHandlerBuilder,
  type HandlerBuilder,
  type HandlerImage,
} from '../../src/build/handler/index.js';
import { readBundle } from '../../src/bundle/index.js';
import { BundlePacker } from '../../src/dev/packing/bundle-packer.js';
import { hasKeptBundle } from '../../src/dev/packing/kept-bundle.js';
import type { PackedBundle } from '../../src/dev/packing/pack-job.js';
import { PackProcess } from '../../src/dev/packing/pack-process.js';

const zstd = createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js') as {
  decompress(data: Buffer): Promise<Buffer>;
};

const MANIFEST = '{"name":"com.example.packed"}';

/** Bundles are made beside the process that answers requests; what comes back is what it would have made itself. */
describe('the packing process', () => {
  let folder: string;
  let handler: HandlerImage;
  let packer: PackProcess;
  let builder: HandlerBuilder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alga-packing-'));
    const entry = join(folder, 'src', 'handler.js');
    await mkdir(join(folder, 'src'));
    await mkdir(join(folder, 'ui'));
    await writeFile(entry, 'export function handler() { return { status: 200, headers: [] }; }');
    builder = createHandlerBuilder({ cacheDir: join(folder, 'cache') });
    try {
      const input = { projectRoot: folder, handler: { entry, root: folder }, features: 'default' } as const;
      handler = await builder.buildImage(input, new AbortController().signal);
    } finally {
      await builder.stop();
    }
    packer = new PackProcess((key) =>
      key === handler.image?.templateKey ? builder.templateComponent(key) : undefined,
    );
  });
  afterAll(async () => {
    await packer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const image = () => {
    if (!handler.image) throw new Error('the handler has no image');
    return { kind: 'image', image: handler.image } as const;
  };

  it('makes the component of an image, and the same bundle every time', async () => {
    const uiDir = join(folder, 'ui');
    await writeFile(join(uiDir, 'index.html'), '<!doctype html>');
    const job = { manifestText: MANIFEST, handler: image(), uiDir };
    const [one, other] = await Promise.all([packer.pack(job), packer.pack(job)]);
    expect(other.contentHash).toBe(one.contentHash);
    expect(other.bytes.equals(one.bytes)).toBe(true);
    expect(one.pageEtag).toMatch(/^"sha256-[0-9a-f]{64}"$/);
    const entries = await readBundle(one.bytes);
    expect(entries.map(({ name }) => name)).toEqual(['dist/main.wasm', 'manifest.json', 'ui/index.html']);
    const { component } = handler.assemble();
    expect(Buffer.from(entries[0]?.content ?? []).equals(component)).toBe(true);
    const whole = { ...job, handler: { kind: 'component', bytes: component } as const };
    expect((await packer.pack(whole)).contentHash).toBe(one.contentHash);
  });

  it('lets somebody have the archive while it is being compressed', async () => {
    const archives = join(folder, 'archives');
    await mkdir(archives);
    const job = { manifestText: MANIFEST, handler: image(), uiDir: undefined };
    let taken: Buffer | undefined;
    const take = async (name: string): Promise<void> => {
      taken = await readFile(join(archives, `${name}.tar`));
      throw new Error('of no use');
    };
    const { archive, bytes, contentHash } = await packer.pack(job, { folder: archives, take });
    await expect.poll(() => taken?.length).toBeGreaterThan(0);
    expect(archive).toMatch(/^[0-9a-f]{64}$/);
    expect((await zstd.decompress(bytes)).equals(taken ?? Buffer.alloc(0))).toBe(true);
    expect(contentHash).toBe((await packer.pack(job)).contentHash);
    await expect.poll(() => readdir(archives)).toEqual([]);
    const nowhere = { folder: join(folder, 'not there'), take };
    const without = await packer.pack(job, nowhere);
    expect([without.contentHash, without.archive]).toEqual([contentHash, undefined]);
  });

  it('gives the coded error of what cannot be packed, and goes on', async () => {
    const uiDir = join(folder, 'empty');
    await mkdir(uiDir);
    const job = { manifestText: MANIFEST, handler: image(), uiDir };
    await expect(packer.pack(job)).rejects.toMatchObject({
      code: 'BUNDLE_UI_MISSING',
      hint: expect.any(String),
    });
    const { uiDir: _, ...withoutUi } = job;
    expect(await packer.pack({ ...withoutUi, uiDir: undefined })).toMatchObject({ pageEtag: undefined });
  });

  it('makes many bundles that are asked for at once, from its start on', async () => {
    let given = 0;
    const own = new PackProcess((key) => {
      given++;
      return builder.templateComponent(key);
    });
    try {
      const texts = Array.from({ length: 6 }, (_, index) => `{"name":"com.example.packed${index}"}`);
      const bundles = await Promise.all(
        texts.map((manifestText) => own.pack({ manifestText, handler: image(), uiDir: undefined })),
      );
      const { component } = handler.assemble();
      for (const [index, { bytes }] of bundles.entries()) {
        const [packed, manifest] = await readBundle(bytes);
        expect(Buffer.from(packed?.content ?? []).equals(component)).toBe(true);
        expect(Buffer.from(manifest?.content ?? []).toString()).toBe(texts[index]);
      }
      // Given twice, it would be written while it is read.
      expect(given).toBe(1);
    } finally {
      await own.stop();
    }
  });

  it('needs no folder for temporary files, and leaves none behind', async () => {
    const place = join(folder, 'temporary');
    const before = process.env.TMPDIR;
    const template = (key: string) => builder.templateComponent(key);
    const job = { manifestText: MANIFEST, handler: image(), uiDir: undefined };
    const packedIn = async (tmpdir: string): Promise<PackedBundle> => {
      process.env.TMPDIR = tmpdir;
      const own = new PackProcess(template);
      try {
        return await own.pack(job);
      } finally {
        await own.stop();
        process.env.TMPDIR = before;
        if (before === undefined) delete process.env.TMPDIR;
      }
    };
    await mkdir(place);
    const usual = await packedIn(place);
    expect(await readdir(place)).toEqual([]);
    const without = await packedIn(join(place, 'missing'));
    expect(without.contentHash).toBe(usual.contentHash);
    expect(without.bytes.equals(usual.bytes)).toBe(true);
  });

  describe('the bundle of the session before', () => {
    const project = () => join(folder, 'kept');
    const job = () => ({ manifestText: MANIFEST, handler: image(), uiDir: join(project(), 'ui') });
    let bundle: PackedBundle;
    let idle: PackProcess;

    const expectKept = ({ bytes, ...facts }: PackedBundle): void => {
      const { bytes: kept, ...others } = bundle;
      expect(facts).toEqual(others);
      expect(bytes.equals(kept)).toBe(true);
    };

    /** What a new session takes: its process packs nothing, so that what it gives was kept. */
    const taken = (changed: object = {}) => new BundlePacker(idle, project()).pack({ ...job(), ...changed });

    beforeAll(async () => {
      await mkdir(join(project(), 'ui'), { recursive: true });
      await writeFile(join(project(), 'ui', 'index.html'), '<!doctype html>');
      const first = new BundlePacker(packer, project());
      bundle = await first.pack(job());
      expect(hasKeptBundle(project())).toBe(false);
      await first.published(bundle);
      expect(hasKeptBundle(project())).toBe(true);
      idle = new PackProcess(() => undefined);
      await idle.stop();
    });

    it('is taken when nothing has changed, once', async () => {
      expectKept(await taken());
      const session = new BundlePacker(idle, project());
      await session.pack(job());
      await expect(session.pack(job())).rejects.toThrow('ending');
    });

    it('is not taken for another manifest, handler or page', async () => {
      await expect(taken({ manifestText: `${MANIFEST} ` })).rejects.toThrow('ending');
      await expect(taken({ handler: undefined })).rejects.toThrow('ending');
      const other = { kind: 'image', image: { ...image().image, memoryPages: 1 } };
      await expect(taken({ handler: other })).rejects.toThrow('ending');
      await writeFile(join(project(), 'ui', 'app.js'), '');
      await expect(taken()).rejects.toThrow('ending');
      await rm(join(project(), 'ui', 'app.js'));
      expectKept(await taken());
    });

    it('is not taken when it is damaged', async () => {
      await writeFile(join(project(), '.alga', 'build', 'bundle.tar.zst'), bundle.bytes.subarray(1));
      await expect(taken()).rejects.toThrow('ending');
    });
  });
});
