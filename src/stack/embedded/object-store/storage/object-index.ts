import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from './files.js';
import { type ObjectRecord, objectRecordSchema } from './record.js';

/** The keys of one bucket in memory, in the order in which the protocol lists them. */
export class ObjectIndex {
  readonly #records: Map<string, ObjectRecord>;
  #sorted: readonly ObjectRecord[] | undefined;

  constructor(records: Iterable<ObjectRecord>) {
    this.#records = new Map([...records].map((record) => [record.key, record]));
  }

  set(record: ObjectRecord): void {
    this.#records.set(record.key, record);
    this.#sorted = undefined;
  }

  delete(key: string): void {
    if (this.#records.delete(key)) this.#sorted = undefined;
  }

  get size(): number {
    return this.#records.size;
  }

  /** All records by the bytes of their keys. */
  sorted(): readonly ObjectRecord[] {
    this.#sorted ??= [...this.#records.values()].sort((a, b) => compareKeys(a.key, b.key));
    return this.#sorted;
  }
}

/** UTF-8 byte order, which differs from that of JavaScript strings outside the basic plane. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * Reads the records of a bucket. Bytes that no record names any more, left by a process that was
 * killed between its two writes, are removed when they are older than this process.
 */
export async function loadIndex(objectsDir: string, startedAt: number): Promise<ObjectIndex> {
  const records: ObjectRecord[] = [];
  for (const shard of await readdir(objectsDir).catch(() => [])) {
    records.push(...(await loadShard(join(objectsDir, shard), startedAt)));
  }
  return new ObjectIndex(records);
}

async function loadShard(folder: string, startedAt: number): Promise<ObjectRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => ({
        stem: name.slice(0, -'.json'.length),
        record: await readJson(join(folder, name), objectRecordSchema),
      })),
  );
  const used = new Set(found.map(({ stem, record }) => `${stem}.${record?.version}`));
  for (const name of names) {
    if (!name.endsWith('.json') && !used.has(name)) await removeOld(join(folder, name), startedAt);
  }
  return found.flatMap(({ record }) => (record === undefined ? [] : [record]));
}

async function removeOld(path: string, startedAt: number): Promise<void> {
  const entry = await stat(path).catch(() => undefined);
  if (entry !== undefined && entry.ctimeMs < startedAt) await rm(path, { force: true });
}
