import { parentPort, workerData } from 'node:worker_threads';
import { BundleError } from './errors.js';
import { decodeLarge } from './tar-bytes.js';
import { unpack } from './unpack.js';
import type { UnpackReply, UnpackTask } from './unpacker.js';

// The program of the thread that unpacks large archives: takes its task from the thread that made
// it, answers once and ends.
async function answer(): Promise<UnpackReply> {
  try {
    const { archive, into, bounds } = workerData as UnpackTask;
    const files = await unpack({ tar: decodeLarge(archive, bounds.maxUnpackedBytes), into, bounds });
    return { ok: true, files: [...files] };
  } catch (error) {
    if (error instanceof BundleError) return { ok: false, fault: error.fault, message: error.message };
    throw error;
  }
}

parentPort?.postMessage(await answer());
