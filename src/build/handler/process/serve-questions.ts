import type { Serializable } from 'node:child_process';
import { platform } from 'node:os';
import { Worker } from 'node:worker_threads';

/**
 * Watches the inherited standard input from a thread of its own, so that a program caught in the author's
 * endless loop, or waiting for a native tool, still ends with its parent and takes the tool along.
 */
const WATCHER = `
  const { Socket } = require('node:net');
  const { workerData } = require('node:worker_threads');
  const end = () => process.kill(workerData.target, 'SIGKILL');
  new Socket({ fd: 0, readable: true, writable: false }).on('error', end).on('close', end).resume();
`;

/**
 * The program's side of a `ToolProcess`: answers each question with what `answer` gives, one after the other.
 * Whatever `answer` throws is a bug and ends the process; expected failures are part of the reply.
 */
export function serveQuestions(answer: (question: unknown) => Promise<Serializable>): void {
  const target = platform() === 'win32' ? process.pid : -process.pid;
  new Worker(WATCHER, { eval: true, stdin: false, workerData: { target } }).unref();
  // Ctrl-C and a closed terminal are for the parent to judge.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question) => {
    void answer(question).then((reply) => process.send?.(reply));
  });
}
