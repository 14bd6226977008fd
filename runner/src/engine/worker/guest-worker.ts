import { parentPort, workerData } from 'node:worker_threads';
import { GuestThread } from './guest-thread.js';
import type { WorkerSetup } from './protocol.js';

/** Program of the threads that run guests. */
if (parentPort !== null) new GuestThread(parentPort, workerData as WorkerSetup).start();
