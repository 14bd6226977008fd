import { join } from 'node:path';
import { Buckets } from './buckets.js';
import { TemporaryFiles } from './files.js';
import { Objects } from './objects.js';
import { Uploads } from './uploads.js';

/** Everything the server keeps on disk. */
export interface Storage {
  readonly buckets: Buckets;
  readonly objects: Objects;
  readonly uploads: Uploads;
  readonly temporary: TemporaryFiles;
}

/** Opens the data folder, making it when it is missing. Only one process may have it open. */
export async function openStorage(dataDir: string): Promise<Storage> {
  const temporary = new TemporaryFiles(join(dataDir, 'tmp'));
  const buckets = new Buckets(join(dataDir, 'buckets'), temporary);
  await Promise.all([temporary.prepare(), buckets.prepare()]);
  const objects = new Objects(buckets, temporary);
  return { buckets, objects, uploads: new Uploads(buckets, temporary), temporary };
}
