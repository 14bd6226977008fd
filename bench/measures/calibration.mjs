// Work that has nothing to do with this tool: what a machine makes of it tells how fast the machine is.

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repeat } from '../lib/statistics.mjs';

const MEGABYTE = 1_000_000;

export async function measureCalibration(runs) {
  return {
    'calibration: start of an empty Node process': await repeat(runs, timed(emptyProcess)),
    'calibration: SHA-256 of 64 MB': await repeat(runs, timed(hash)),
    'calibration: write 4 MB and wait for the disk': await repeat(runs, timed(write)),
  };
}

const timed = (work) => async () => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

const emptyProcess = () => promisify(execFile)(process.execPath, ['-e', '0']);

const content = randomBytes(64 * MEGABYTE);

async function hash() {
  createHash('sha256').update(content).digest('hex');
}

async function write() {
  const folder = await mkdtemp(join(tmpdir(), 'alga-bench-'));
  const file = await open(join(folder, 'file'), 'w');
  await file.write(content.subarray(0, 4 * MEGABYTE));
  await file.sync();
  await file.close();
  await rm(folder, { recursive: true });
}
