import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { HostCallMessage, HostCallReply } from './protocol.js';

/** The host function failed on the host's side; the guest cannot go on. */
export class HostCallFailed extends Error {
  override readonly name = 'HostCallFailed';
}

/**
 * Calls from a guest thread to the main thread that look synchronous to the guest: the thread sleeps
 * until the reply is on its port. Ending the thread ends the wait.
 */
export class HostBridge {
  readonly #port: MessagePort;
  readonly #wake: Int32Array<SharedArrayBuffer>;

  constructor(port: MessagePort, wake: SharedArrayBuffer) {
    this.#port = port;
    this.#wake = new Int32Array(wake);
  }

  call(id: number, name: string, args: readonly unknown[]): unknown {
    const message: HostCallMessage = { id, name, args };
    Atomics.store(this.#wake, 0, 0);
    this.#port.postMessage(message);
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return unwrap(received.message as HostCallReply);
      Atomics.wait(this.#wake, 0, 0);
      Atomics.store(this.#wake, 0, 0);
    }
  }

  /** Blocks the thread. */
  sleep(milliseconds: number): void {
    if (milliseconds <= 0) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }
}

function unwrap(reply: HostCallReply): unknown {
  if (reply.ok) return reply.value;
  throw new HostCallFailed(reply.message);
}
