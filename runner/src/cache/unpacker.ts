import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { BundleBounds } from '../config.js';
import { text } from '../net/text.js';
import { BundleError, type BundleFault } from './errors.js';
import { decodeSmall, partsOf, readSmall } from './tar-bytes.js';
import { type FileFacts, type FileTable, unpack } from './unpack.js';

export type UnpackReply =
  | { readonly ok: true; readonly files: ReadonlyArray<readonly [string, FileFacts]> }
  | { readonly ok: false; readonly fault: BundleFault; readonly message: string };

/** What the unpacking thread is given. */
export interface UnpackTask {
  /** Path of the compressed archive. */
  readonly archive: string;
  readonly into: string;
  readonly bounds: BundleBounds;
}

const WORKER_TIME_MS = 120_000;
const WORKER_HEAP_MB = 512;

/**
 * Unpacks an archive into an empty folder. Small ones (nearly all) are decoded on the thread pool;
 * the rest by JavaScript in a thread of their own that is ended when it takes too long, so that no
 * archive can hold up the thread that answers HTTP.
 */
export async function unpackArchive(archive: string, into: string, bounds: BundleBounds): Promise<FileTable> {
  const small = await readSmall(archive);
  if (small === undefined) return await unpackInThread({ archive, into, bounds });
  const tar = await decodeSmall(small, bounds.maxUnpackedBytes);
  return await unpack({ tar: partsOf(tar), into, bounds });
}

async function unpackInThread(task: UnpackTask): Promise<FileTable> {
  const worker = new Worker(workerFile(), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
  });
  const timer = setTimeout(() => void worker.terminate(), WORKER_TIME_MS);
  try {
    const reply = await new Promise<UnpackReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error(`not done within ${WORKER_TIME_MS} ms`)));
    });
    if (reply.ok) return new Map(reply.files);
    throw new BundleError(reply.fault, reply.message);
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError('archive', `bundle cannot be unpacked: ${text(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** The thread's program; from TypeScript source (unit tests) its compiled twin under `dist/`. */
function workerFile(): string {
  const file = fileURLToPath(new URL('./unpack-worker.js', import.meta.url));
  return import.meta.url.endsWith('.ts') ? file.replace('/runner/src/', '/dist/runner/src/') : file;
}
