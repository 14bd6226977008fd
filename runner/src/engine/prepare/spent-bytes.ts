import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Smaller arrays are not worth the trouble; they may also share their memory with others. */
const MIN_BYTES = 64 * 1024;

/**
 * Gives memory back at once. A thread that has nothing to do collects no garbage, and would hold on to
 * the file of the component it prepared last for as long as it is idle.
 */
export class SpentBytes {
  /** Nobody is at the other end: what is handed over here is freed. */
  readonly #nowhere: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    port1.unref();
    this.#nowhere = port1;
  }

  /** Frees the memory of an array that nobody reads any more; it has no bytes afterwards. */
  release(bytes: Uint8Array): void {
    const { buffer, byteLength } = bytes;
    if (byteLength < MIN_BYTES || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer))
      return;
    this.#nowhere.postMessage(undefined, [buffer]);
  }
}
