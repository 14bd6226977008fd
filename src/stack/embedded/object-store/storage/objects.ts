import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { S3Error } from '../errors.js';
import type { Buckets } from './buckets.js';
import { keyHash, type ReceivedFile, readJson, type TemporaryFiles } from './files.js';
import { KeyLock } from './key-lock.js';
import { loadIndex, type ObjectIndex } from './object-index.js';
import { type ObjectAttributes, type ObjectRecord, objectRecordSchema } from './record.js';

/** Looks at the present object, if any, and throws when the write must not happen. */
export type WriteCondition = (existing: ObjectRecord | undefined) => void;

export interface ObjectWrite {
  readonly bucket: string;
  readonly key: string;
  readonly file: Pick<ReceivedFile, 'path' | 'size'>;
  readonly etag: string;
  readonly attributes: ObjectAttributes;
  readonly condition: WriteCondition;
}

/** An object opened for reading; the bytes stay readable when it is replaced meanwhile. */
export interface OpenedObject {
  readonly record: ObjectRecord;
  readonly file: FileHandle;
}

/**
 * The objects of all buckets. The bytes of an object lie in a file of their own for every write, and
 * its record names that file: replacing the record is the one step that makes a write visible.
 */
export class Objects {
  readonly #buckets: Buckets;
  readonly #temporary: TemporaryFiles;
  readonly #locks = new KeyLock();
  readonly #indexes = new Map<string, Promise<ObjectIndex>>();
  readonly #startedAt = Date.now();

  constructor(buckets: Buckets, temporary: TemporaryFiles) {
    this.#buckets = buckets;
    this.#temporary = temporary;
  }

  /** The record of an object. Throws NoSuchBucket. */
  async find(bucket: string, key: string): Promise<ObjectRecord | undefined> {
    return readJson(this.#stem(await this.#buckets.folder(bucket), key).concat('.json'), objectRecordSchema);
  }

  /** Opens an object. Throws NoSuchBucket or NoSuchKey. */
  async open(bucket: string, key: string): Promise<OpenedObject> {
    // A write between reading the record and opening its bytes has taken those away: read again.
    for (let attempt = 0; attempt < 3; attempt++) {
      const record = await this.find(bucket, key);
      if (record === undefined) break;
      const file = await this.#openBytes(bucket, record);
      if (file !== undefined) return { record, file };
    }
    throw new S3Error('NoSuchKey');
  }

  /** Makes received bytes the object, if its condition holds at that moment; else they are dropped. */
  async commit(write: ObjectWrite, now: number): Promise<ObjectRecord> {
    try {
      return await this.#locks.run(`${write.bucket}/${write.key}`, () => this.#commit(write, now));
    } catch (error) {
      await rm(write.file.path, { force: true });
      throw error;
    }
  }

  /** Copies an opened object's bytes to a temporary file, sharing blocks where the disk can. */
  async duplicate(bucket: string, record: ObjectRecord): Promise<Pick<ReceivedFile, 'path' | 'size'>> {
    const folder = await this.#buckets.folder(bucket);
    const path = this.#temporary.newPath();
    await copyFile(this.#bytesPath(folder, record), path, constants.COPYFILE_FICLONE).catch(() => {
      throw new S3Error('NoSuchKey');
    });
    return { path, size: record.size };
  }

  /** Removes an object; a missing one is no error. Throws NoSuchBucket. */
  async remove(bucket: string, key: string): Promise<void> {
    await this.#locks.run(`${bucket}/${key}`, async () => {
      const folder = await this.#buckets.folder(bucket);
      const record = await this.find(bucket, key);
      await rm(`${this.#stem(folder, key)}.json`, { force: true });
      (await this.#indexes.get(bucket))?.delete(key);
      if (record !== undefined) await rm(this.#bytesPath(folder, record), { force: true });
    });
  }

  /** All objects of a bucket, loaded from disk the first time. Throws NoSuchBucket. */
  async index(bucket: string): Promise<ObjectIndex> {
    const folder = await this.#buckets.folder(bucket);
    const known = this.#indexes.get(bucket);
    if (known !== undefined) return known;
    const loading = loadIndex(join(folder, 'objects'), this.#startedAt);
    this.#indexes.set(bucket, loading);
    return loading;
  }

  /** Forgets a bucket that was removed. */
  forget(bucket: string): void {
    this.#indexes.delete(bucket);
  }

  async #commit(write: ObjectWrite, now: number): Promise<ObjectRecord> {
    const folder = await this.#buckets.folder(write.bucket);
    const existing = await this.find(write.bucket, write.key);
    write.condition(existing);
    const record: ObjectRecord = {
      key: write.key,
      version: randomBytes(12).toString('hex'),
      size: write.file.size,
      etag: write.etag,
      modified: now,
      ...write.attributes,
    };
    const bytes = this.#bytesPath(folder, record);
    await mkdir(dirname(bytes), { mode: 0o700 }).catch(ignoreExisting);
    await rename(write.file.path, bytes);
    await this.#temporary.writeJson(`${this.#stem(folder, write.key)}.json`, record);
    (await this.#indexes.get(write.bucket))?.set(record);
    if (existing !== undefined) await rm(this.#bytesPath(folder, existing), { force: true });
    return record;
  }

  /** Bytes of another length than recorded are those of a write a power cut tore: no object. */
  async #openBytes(bucket: string, record: ObjectRecord): Promise<FileHandle | undefined> {
    const folder = await this.#buckets.folder(bucket);
    const file = await open(this.#bytesPath(folder, record), 'r').catch(() => undefined);
    if (file === undefined || (await file.stat()).size === record.size) return file;
    await file.close();
    throw new S3Error('NoSuchKey');
  }

  #stem(folder: string, key: string): string {
    const hash = keyHash(key);
    return join(folder, 'objects', hash.slice(0, 2), hash);
  }

  #bytesPath(folder: string, record: ObjectRecord): string {
    return `${this.#stem(folder, record.key)}.${record.version}`;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code === 'ENOENT') throw new S3Error('NoSuchBucket');
  if (error.code !== 'EEXIST') throw error;
}
