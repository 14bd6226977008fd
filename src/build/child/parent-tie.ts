import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Time left to an orderly end once the parent is gone. */
const GRACE_MS = 1_000;

/**
 * Watches the inherited standard input from a thread of its own, so that a program caught in an endless loop
 * of the author's configuration still ends with its parent.
 */
const WATCHER = `
  const { rmSync } = require('node:fs');
  const { Socket } = require('node:net');
  const { workerData } = require('node:worker_threads');
  const kill = () => {
    if (workerData !== null) rmSync(workerData, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  };
  const end = () => setTimeout(kill, ${GRACE_MS});
  new Socket({ fd: 0, readable: true, writable: false }).on('error', end).on('close', end).resume();
`;

/**
 * Ties this program's life to its parent's: it ends when the parent does, and only then. Ctrl-C and a closed
 * terminal reach the whole process group; what they mean is for the parent to decide.
 * `folder` is removed at the end: a place of this program alone.
 */
export function tieToParent(folder?: string): void {
  const end = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  new Worker(WATCHER, { eval: true, stdin: false, workerData: folder ?? null }).unref();
}
