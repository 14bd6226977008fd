import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { S3Error } from '../errors.js';
import { readJson, type TemporaryFiles } from './files.js';

const bucketRecordSchema = z.object({ created: z.number() });

/** A bucket as it is listed. */
export interface Bucket {
  readonly name: string;
  readonly created: number;
}

/** The buckets of a store: one folder each. Only a valid bucket name ever becomes a folder name. */
export class Buckets {
  readonly #root: string;
  readonly #temporary: TemporaryFiles;

  constructor(root: string, temporary: TemporaryFiles) {
    this.#root = root;
    this.#temporary = temporary;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
  }

  /** Folder of an existing bucket. Throws NoSuchBucket. */
  async folder(name: string): Promise<string> {
    const folder = this.#path(name);
    const entry = folder && (await stat(join(folder, 'bucket.json')).catch(() => undefined));
    if (folder === undefined || !entry) throw new S3Error('NoSuchBucket');
    return folder;
  }

  /** Makes a bucket. Throws InvalidBucketName or BucketAlreadyOwnedByYou. */
  async create(name: string, now: number): Promise<void> {
    const folder = this.#path(name);
    if (folder === undefined) throw new S3Error('InvalidBucketName');
    if ((await stat(join(folder, 'bucket.json')).catch(() => undefined)) !== undefined) {
      throw new S3Error('BucketAlreadyOwnedByYou');
    }
    await mkdir(join(folder, 'objects'), { recursive: true, mode: 0o700 });
    await mkdir(join(folder, 'uploads'), { recursive: true, mode: 0o700 });
    await this.#temporary.writeJson(join(folder, 'bucket.json'), { created: now });
  }

  /** Takes a bucket away, with uploads that were never completed. The caller has seen that it is empty. */
  async remove(name: string): Promise<void> {
    const folder = await this.folder(name);
    const leaving = this.#temporary.newPath();
    await rename(folder, leaving);
    await rm(leaving, { recursive: true, force: true });
  }

  async list(): Promise<Bucket[]> {
    const names = (await readdir(this.#root)).sort();
    const buckets = await Promise.all(
      names.map(async (name) => {
        const record = await readJson(join(this.#root, name, 'bucket.json'), bucketRecordSchema);
        return record && { name, created: record.created };
      }),
    );
    return buckets.filter((bucket) => bucket !== undefined);
  }

  #path(name: string): string | undefined {
    const valid = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..');
    return valid ? join(this.#root, name) : undefined;
  }
}
