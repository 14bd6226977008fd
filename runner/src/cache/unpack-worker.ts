import { parentPort, workerData } from 'node:worker_threads';
import { BundleError } from './errors.js';
import { type UnpackInput, unpack } from './unpack.js';
import type { UnpackReply } from './unpacker.js';

// The program of the thread that unpacks large archives: takes its task from the thread that made
// it, answers once and ends.
async function answer(): Promise<UnpackReply> {
  try {
    const files = await unpack(workerData as UnpackInput);
    return { ok: true, files: [...files] };
  } catch (error) {
    if (error instanceof BundleError) return { ok: false, fault: error.fault, message: error.message };
    throw error;
  }
}

parentPort?.postMessage(await answer());
