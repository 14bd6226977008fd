import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Error } from '../errors.js';
import type { Buckets } from './buckets.js';
import { type ReceivedFile, readJson, type TemporaryFiles } from './files.js';
import { compareKeys } from './object-index.js';
import {
  type ObjectAttributes,
  type PartRecord,
  partRecordSchema,
  type UploadRecord,
  uploadRecordSchema,
} from './record.js';

/** Address of an upload. */
export interface UploadAddress {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** A part the client names when it completes an upload. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
}

const MIN_PART_BYTES = 5 * 1024 ** 2;

/** Multipart uploads on their way: a folder each, with a file and a record for every part. */
export class Uploads {
  readonly #buckets: Buckets;
  readonly #temporary: TemporaryFiles;

  constructor(buckets: Buckets, temporary: TemporaryFiles) {
    this.#buckets = buckets;
    this.#temporary = temporary;
  }

  /** Begins an upload and gives its id. */
  async begin(bucket: string, key: string, attributes: ObjectAttributes, now: number): Promise<string> {
    const uploadId = randomBytes(16).toString('hex');
    const folder = join(await this.#buckets.folder(bucket), 'uploads', uploadId);
    await mkdir(folder, { mode: 0o700 });
    const record: UploadRecord = { key, initiated: now, ...attributes };
    await this.#temporary.writeJson(join(folder, 'upload.json'), record);
    return uploadId;
  }

  /** The record of an upload. Throws NoSuchBucket or NoSuchUpload. */
  async find(address: UploadAddress): Promise<UploadRecord> {
    const record = await readJson(join(await this.#folder(address), 'upload.json'), uploadRecordSchema);
    if (record?.key !== address.key) throw new S3Error('NoSuchUpload');
    return record;
  }

  /** Keeps a received part, in place of an earlier one with its number. */
  async putPart(
    address: UploadAddress,
    number: number,
    file: ReceivedFile,
    now: number,
  ): Promise<PartRecord> {
    const folder = await this.#folder(address);
    const record: PartRecord = { size: file.size, etag: file.md5, modified: now };
    try {
      await this.find(address);
      await rename(file.path, join(folder, `${number}.part`));
      await this.#temporary.writeJson(join(folder, `${number}.json`), record);
      return record;
    } catch (error) {
      await rm(file.path, { force: true });
      throw error;
    }
  }

  /** The parts received so far, by number. */
  async parts(address: UploadAddress): Promise<Array<PartRecord & { number: number }>> {
    await this.find(address);
    const folder = await this.#folder(address);
    const numbers = (await readdir(folder))
      .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b);
    const parts = await Promise.all(
      numbers.map(async (number) => {
        const record = await readJson(join(folder, `${number}.json`), partRecordSchema);
        return record && { number, ...record };
      }),
    );
    return parts.filter((part) => part !== undefined);
  }

  /** Joins the named parts into one temporary file. Throws InvalidPart, EntityTooSmall. */
  async assemble(
    address: UploadAddress,
    named: readonly NamedPart[],
  ): Promise<{ file: ReceivedFile; etag: string }> {
    const known = new Map((await this.parts(address)).map((part) => [part.number, part]));
    const parts = named.map(({ number, etag }, index) => {
      const part = known.get(number);
      if (part === undefined || part.etag !== etag) throw new S3Error('InvalidPart');
      if (part.size < MIN_PART_BYTES && index < named.length - 1) throw new S3Error('EntityTooSmall');
      return part;
    });
    const digest = createHash('md5');
    for (const part of parts) digest.update(part.etag, 'hex');
    const folder = await this.#folder(address);
    const file = await this.#temporary.receive(
      concatenated(parts.map((p) => join(folder, `${p.number}.part`))),
    );
    return { file, etag: `${digest.digest('hex')}-${parts.length}` };
  }

  /** Ends an upload and drops its parts. */
  async remove(address: UploadAddress): Promise<void> {
    await this.find(address);
    await rm(await this.#folder(address), { recursive: true, force: true });
  }

  /** Uploads that were begun and not ended, by key and then by time. */
  async list(bucket: string): Promise<Array<UploadRecord & { uploadId: string }>> {
    const folder = join(await this.#buckets.folder(bucket), 'uploads');
    const uploads = await Promise.all(
      (await readdir(folder)).map(async (uploadId) => {
        const record = await readJson(join(folder, uploadId, 'upload.json'), uploadRecordSchema);
        return record && { uploadId, ...record };
      }),
    );
    return uploads
      .filter((upload) => upload !== undefined)
      .sort((a, b) => compareKeys(a.key, b.key) || a.initiated - b.initiated);
  }

  async #folder({ bucket, uploadId }: UploadAddress): Promise<string> {
    if (!/^[0-9a-f]{32}$/.test(uploadId)) throw new S3Error('NoSuchUpload');
    return join(await this.#buckets.folder(bucket), 'uploads', uploadId);
  }
}

async function* concatenated(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 256 * 1024 });
}
