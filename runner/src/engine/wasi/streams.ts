import { ok } from '../../capabilities/result.js';
import { trap } from '../component/fault.js';
import type { WasiFunctions, WasiHost } from './wasi-host.js';

/** Something a guest waits for; `readyAt` is in milliseconds of `performance.now()`. */
export class Pollable {
  readonly readyAt: number;

  constructor(readyAt = 0) {
    this.readyAt = readyAt;
  }
}

/** Bytes that are all there already. */
export class InputStream {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to `length` bytes; `undefined` at the end. */
  read(length: bigint): Uint8Array | undefined {
    if (this.#at >= this.#bytes.length) return undefined;
    const end = Math.min(this.#bytes.length, this.#at + Number(BigInt.asUintN(32, length)));
    const chunk = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return chunk;
  }
}

/** Where a guest writes; never blocks. */
export class OutputStream {
  readonly write: (host: WasiHost, bytes: Uint8Array) => void;

  constructor(write: (host: WasiHost, bytes: Uint8Array) => void) {
    this.write = write;
  }
}

/** Most bytes a guest may write in one call. */
const WRITE_CHUNK = 1024n * 1024n;

function closed(): object {
  return { tag: 'err', val: { tag: 'closed' } };
}

function read(stream: unknown, length: unknown): object {
  const chunk = (stream as InputStream).read(length as bigint);
  return chunk === undefined ? closed() : ok(chunk);
}

function skip(stream: unknown, length: unknown): object {
  const chunk = (stream as InputStream).read(length as bigint);
  return chunk === undefined ? closed() : ok(BigInt(chunk.length));
}

function write(host: WasiHost, stream: unknown, bytes: unknown): object {
  (stream as OutputStream).write(host, bytes as Uint8Array);
  return ok(undefined);
}

function writeZeroes(host: WasiHost, stream: unknown, length: unknown): object {
  if ((length as bigint) > WRITE_CHUNK) throw trap('a write of more than the stream takes');
  return write(host, stream, new Uint8Array(Number(length)));
}

function splice(host: WasiHost, to: unknown, from: unknown, length: unknown): object {
  const chunk = (from as InputStream).read(length as bigint);
  if (chunk === undefined) return closed();
  (to as OutputStream).write(host, chunk);
  return ok(BigInt(chunk.length));
}

/** Waits until at least one of them is ready; gives the numbers of those that are. */
function poll(host: WasiHost, pollables: readonly Pollable[]): number[] {
  if (pollables.length === 0) throw trap('waiting for nothing');
  for (;;) {
    const now = performance.now();
    const ready = pollables.flatMap((pollable, index) => (pollable.readyAt <= now ? [index] : []));
    if (ready.length > 0) return ready;
    host.sleep(Math.min(...pollables.map((pollable) => pollable.readyAt)) - now);
  }
}

/** `wasi:io`: errors, pollables and streams. */
export const STREAM_FUNCTIONS: WasiFunctions = [
  ['wasi:io/error#[method]error.to-debug-string', () => 'stream error'],
  ['wasi:io/poll#[method]pollable.ready', (_, [it]) => (it as Pollable).readyAt <= performance.now()],
  ['wasi:io/poll#[method]pollable.block', (host, [it]) => void poll(host, [it as Pollable])],
  ['wasi:io/poll#poll', (host, [list]) => poll(host, list as Pollable[])],
  ['wasi:io/streams#[method]input-stream.read', (_, [it, length]) => read(it, length)],
  ['wasi:io/streams#[method]input-stream.blocking-read', (_, [it, length]) => read(it, length)],
  ['wasi:io/streams#[method]input-stream.skip', (_, [it, length]) => skip(it, length)],
  ['wasi:io/streams#[method]input-stream.blocking-skip', (_, [it, length]) => skip(it, length)],
  ['wasi:io/streams#[method]input-stream.subscribe', () => new Pollable()],
  ['wasi:io/streams#[method]output-stream.check-write', () => ok(WRITE_CHUNK)],
  ['wasi:io/streams#[method]output-stream.write', (host, [it, bytes]) => write(host, it, bytes)],
  [
    'wasi:io/streams#[method]output-stream.blocking-write-and-flush',
    (host, [it, bytes]) => write(host, it, bytes),
  ],
  ['wasi:io/streams#[method]output-stream.flush', () => ok(undefined)],
  ['wasi:io/streams#[method]output-stream.blocking-flush', () => ok(undefined)],
  ['wasi:io/streams#[method]output-stream.subscribe', () => new Pollable()],
  ['wasi:io/streams#[method]output-stream.write-zeroes', (host, [it, n]) => writeZeroes(host, it, n)],
  [
    'wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush',
    (host, [it, n]) => writeZeroes(host, it, n),
  ],
  ['wasi:io/streams#[method]output-stream.splice', (host, [it, from, n]) => splice(host, it, from, n)],
  [
    'wasi:io/streams#[method]output-stream.blocking-splice',
    (host, [it, from, n]) => splice(host, it, from, n),
  ],
];
