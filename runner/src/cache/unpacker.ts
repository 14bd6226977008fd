import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { BundleBounds } from '../config.js';
import { text } from '../net/text.js';
import { BundleError, type BundleFault } from './errors.js';
import { readSmall } from './tar-bytes.js';
import { type FileFacts, type FileTable, type UnpackInput, unpack } from './unpack.js';

export type UnpackReply =
  | { readonly ok: true; readonly files: ReadonlyArray<readonly [string, FileFacts]> }
  | { readonly ok: false; readonly fault: BundleFault; readonly message: string };

const WORKER_TIME_MS = 120_000;
const WORKER_HEAP_MB = 512;

/**
 * Unpacks an archive into an empty folder. Small ones (nearly all) are decoded on the thread pool;
 * the rest by JavaScript in a thread of their own that is ended when it takes too long, so that no
 * archive can hold up the thread that answers HTTP. Content instead of a path must be a small one's.
 */
export async function unpackArchive(
  archive: string | Buffer,
  into: string,
  bounds: BundleBounds,
): Promise<FileTable> {
  if (typeof archive !== 'string') return await unpack({ archive, into, bounds });
  const small = await readSmall(archive);
  if (small !== undefined) return await unpack({ archive: small, into, bounds });
  return await unpackInThread({ archive, into, bounds });
}

async function unpackInThread(input: UnpackInput): Promise<FileTable> {
  const worker = new Worker(workerFile(), {
    workerData: input,
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
