import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode } from '../net/text.js';
import { StoredBundle } from './stored-bundle.js';
import { diskPath, type FileFacts, type FileTable } from './unpack.js';

/** A bundle found on disk at start, not yet looked into. */
export interface FoundBundle {
  readonly hex: string;
  readonly bytes: number;
  /** Unix milliseconds of its last use. */
  readonly usedAt: number;
}

const TABLE = 'files.json';
const READY = join('bundle', '.ready');
const HEX = /^[0-9a-f]{64}$/;

const tableSchema = z.object({
  version: z.literal(1),
  /** Fingerprint of the trust set the bundle's signature was checked against; null: unchecked. */
  trust: z.string().nullable(),
  files: z.array(z.tuple([z.string(), z.number(), z.string()])),
});
type Table = z.infer<typeof tableSchema>;

/**
 * The cache folder: `<hex>/bundle/`, `<hex>/ui/`, the marker `<hex>/bundle/.ready` and, beside them,
 * the table of files. Folders appear and vanish by rename, so none is ever seen half done. The
 * official runner can use the same folder; what it unpacked is taken over.
 */
export class CacheDisk {
  readonly #root: string;
  readonly #own: string;

  constructor(root: string) {
    this.#root = root;
    this.#own = join(root, 'tmp', `${process.pid}-${randomBytes(6).toString('hex')}`);
  }

  /** Makes the folders and removes what interrupted runners left in `tmp/`. */
  async start(): Promise<void> {
    await mkdir(join(this.#root, 'tmp'), { recursive: true });
    for (const name of await readdir(join(this.#root, 'tmp'))) {
      if (!ownerLives(name)) await removeTree(join(this.#root, 'tmp', name));
    }
    await mkdir(this.#own, { recursive: true });
  }

  /** Removes this runner's temporary folder. */
  async stop(): Promise<void> {
    await removeTree(this.#own);
  }

  /** Whether a file can be written in the cache folder, and taken away again. */
  async isWritable(): Promise<boolean> {
    try {
      const probe = join(this.#root, 'healthz.tmp');
      await writeFile(probe, 'ok');
      await rm(probe, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  /** A fresh path in this runner's temporary folder, which is made again if somebody cleared it. */
  async temporaryPath(hex: string, suffix = ''): Promise<string> {
    await mkdir(this.#own, { recursive: true });
    return join(this.#own, `${hex}.${randomBytes(3).toString('hex')}${suffix}`);
  }

  /** The bundles on disk, most recently used last. */
  async list(): Promise<FoundBundle[]> {
    const found: FoundBundle[] = [];
    for (const hex of await readdir(this.#root)) {
      if (!HEX.test(hex) || !(await this.isReady(hex))) continue;
      const table = await this.#readTable(hex);
      const facts = await stat(join(this.#root, hex, table === undefined ? READY : TABLE));
      found.push({ hex, bytes: table === undefined ? 0 : bytesOf(table), usedAt: facts.mtimeMs });
    }
    return found.sort((a, b) => a.usedAt - b.usedAt);
  }

  /** Whether the bundle is on disk, complete. */
  async isReady(hex: string): Promise<boolean> {
    return await stat(join(this.#root, hex, READY)).then(
      () => true,
      () => false,
    );
  }

  /**
   * Opens an unpacked bundle after checking every file against its table: a power cut, a full disk or
   * a stray hand must not be served for ever under a hash it does not have. Gives undefined when the
   * bundle is not there, damaged, or was accepted under another trust set than `trust`.
   */
  async load(hex: string, trust: string | undefined): Promise<StoredBundle | undefined> {
    if (!(await this.isReady(hex))) return undefined;
    const dir = join(this.#root, hex);
    const table = (await this.#readTable(hex)) ?? (await this.#takeOver(hex));
    if (table === undefined) return undefined;
    if (trust !== undefined && table.trust !== trust) return undefined;
    const files = new Map<string, FileFacts>(
      table.files.map(([name, size, sha256]) => [name, { size, sha256 }]),
    );
    for (const [name, facts] of files) {
      const real = await factsOf(join(dir, diskPath(name)));
      if (real === undefined || real.size !== facts.size || real.sha256 !== facts.sha256) return undefined;
    }
    return new StoredBundle(hex, dir, files);
  }

  /**
   * Puts a freshly unpacked folder in its place. When another runner on the same folder was faster,
   * its copy stays; a damaged one is replaced.
   */
  async commit(
    unpacked: string,
    hex: string,
    files: FileTable,
    trust: string | undefined,
  ): Promise<StoredBundle> {
    const table: Table = {
      version: 1,
      trust: trust ?? null,
      files: [...files].map(([name, facts]) => [name, facts.size, facts.sha256]),
    };
    await mkdir(join(unpacked, 'bundle'), { recursive: true });
    await mkdir(join(unpacked, 'ui'), { recursive: true });
    await writeFile(join(unpacked, TABLE), JSON.stringify(table));
    await writeFile(join(unpacked, READY), 'ok');
    const place = join(this.#root, hex);
    for (let tries = 0; ; tries += 1) {
      try {
        await rename(unpacked, place);
        return new StoredBundle(hex, place, files);
      } catch (error) {
        if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') || tries >= 2) throw error;
      }
      const other = await this.load(hex, trust);
      if (other !== undefined) return other;
      await this.remove(hex);
    }
  }

  /** Takes a bundle away: at once for everybody, then from the disk. */
  async remove(hex: string): Promise<void> {
    const grave = await this.temporaryPath(hex, '.old');
    try {
      await rename(join(this.#root, hex), grave);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    await removeTree(grave);
  }

  /** Notes a use, in Unix milliseconds, so that the order of use outlives this process. */
  async touch(hex: string, usedAt: number): Promise<void> {
    const at = new Date(usedAt);
    await utimes(join(this.#root, hex, TABLE), at, at).catch(() => undefined);
  }

  async #readTable(hex: string): Promise<Table | undefined> {
    try {
      const json: unknown = JSON.parse(await readFile(join(this.#root, hex, TABLE), 'utf8'));
      const parsed = tableSchema.safeParse(json);
      return parsed.success ? parsed.data : { version: 1, trust: null, files: [['', 0, '']] };
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      // Unreadable: a table no file fits, so that the bundle counts as damaged.
      return { version: 1, trust: null, files: [['', 0, '']] };
    }
  }

  /** Makes the table of a bundle the official runner unpacked. */
  async #takeOver(hex: string): Promise<Table> {
    const dir = join(this.#root, hex);
    const files: Table['files'] = [];
    for (const [folder, prefix] of [
      ['bundle', ''],
      ['ui', 'ui/'],
    ] as const) {
      const found = await readdir(join(dir, folder), { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      for (const item of found) {
        const path = join(item.parentPath, item.name);
        const name = path.slice(join(dir, folder).length + 1).replaceAll('\\', '/');
        const facts = item.isFile() && !item.name.startsWith('.') ? await factsOf(path) : undefined;
        if (facts !== undefined) files.push([`${prefix}${name}`, facts.size, facts.sha256]);
      }
    }
    const table: Table = { version: 1, trust: null, files };
    await writeFile(join(dir, TABLE), JSON.stringify(table)).catch(() => undefined);
    return table;
  }
}

function bytesOf(table: Table): number {
  return table.files.reduce((sum, [, size]) => sum + size, 0);
}

/** Whether the process that made a temporary folder still runs; files directly in `tmp/` have no owner. */
function ownerLives(name: string): boolean {
  const pid = Number(/^(\d+)-[0-9a-f]{12}$/.exec(name)?.[1] ?? Number.NaN);
  // Our own number without our own folder is an earlier process, as in a restarted container.
  if (!Number.isSafeInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function factsOf(file: string): Promise<FileFacts | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
  } catch {
    return undefined;
  }
  return { size, sha256: hash.digest('hex') };
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}
