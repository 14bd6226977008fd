import type { WasmFunction, WasmMemory } from '../wasm/wasm-api.js';

/** Result codes of WASI preview 1 that are given back here. */
const OK = 0;
const BAD_FILE = 8;
const NO_ENTRY = 44;
const NOT_SUPPORTED = 52;
const NOT_SEEKABLE = 70;

/** File types of WASI preview 1. */
const DEVICE = 2;
const DIRECTORY = 3;
const REGULAR = 4;

const ROOT_FD = 3;
const ALL_RIGHTS = 0x1fff_ffffn;
const MONOTONIC_NS = 1_000_000n;
const REALTIME_CLOCK = 0;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The guest ended itself, which it does after an exception that nobody caught. */
export class GuestExit extends Error {
  constructor(readonly code: number) {
    super(`the guest ended with code ${code}`);
    this.name = 'GuestExit';
  }
}

export interface MemoryWasiOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** What the guest reads as its standard input. */
  readonly stdin: string;
  /** Files by absolute path in the guest; what they hold is asked for when they are opened. */
  readonly files: ReadonlyMap<string, () => Uint8Array>;
  /** What the clock shows; it stands still. */
  readonly nowNs: bigint;
}

interface OpenFile {
  readonly content: Uint8Array;
  position: number;
}

/**
 * The part of WASI preview 1 that the engine needs to load a handler, all in memory: read-only files below `/`,
 * captured output, a clock that stands still and random numbers that are the same each time. What is not here
 * answers "not supported".
 */
export class MemoryWasi {
  readonly #environment: readonly Uint8Array[];
  readonly #files: ReadonlyMap<string, () => Uint8Array>;
  readonly #nowNs: bigint;
  readonly #open = new Map<number, OpenFile>();
  readonly #printed: Uint8Array[] = [];
  #memory: WasmMemory | undefined;
  #nextFd = ROOT_FD + 1;
  #random = 0x9e37_79b9;

  constructor(options: MemoryWasiOptions) {
    this.#environment = Object.entries(options.environment).map(([name, value]) =>
      encoder.encode(`${name}=${value}\0`),
    );
    this.#files = options.files;
    this.#nowNs = options.nowNs;
    this.#open.set(0, { content: encoder.encode(options.stdin), position: 0 });
  }

  /** Must be called with the instance's memory before any code of it runs. */
  bind(memory: WasmMemory): void {
    this.#memory = memory;
  }

  /** All that the guest printed, to both streams, in order. */
  printed(): string {
    return decoder.decode(Buffer.concat(this.#printed));
  }

  /** The functions under their WASI names, for the names a module asks for. */
  imports(names: Iterable<string>): Record<string, WasmFunction> {
    const known: Record<string, WasmFunction> = { ...this.#process(), ...this.#filesystem() };
    const unsupported = (): number => NOT_SUPPORTED;
    return Object.fromEntries([...names].map((name) => [name, known[name] ?? unsupported]));
  }

  #process(): Record<string, WasmFunction> {
    return {
      args_sizes_get: (count: number, size: number) => this.#sizes([], count, size),
      args_get: () => OK,
      environ_sizes_get: (count: number, size: number) => this.#sizes(this.#environment, count, size),
      environ_get: (pointers: number, texts: number) => this.#texts(this.#environment, pointers, texts),
      clock_time_get: (clock: number, _precision: bigint, out: number) => {
        this.#view().setBigUint64(out, clock === REALTIME_CLOCK ? this.#nowNs : MONOTONIC_NS, true);
        return OK;
      },
      random_get: (pointer: number, length: number) => this.#fillRandom(pointer, length),
      proc_exit: (code: number) => {
        throw new GuestExit(code);
      },
    };
  }

  #filesystem(): Record<string, WasmFunction> {
    return {
      fd_write: (fd: number, vectors: number, count: number, out: number) =>
        this.#write(fd, vectors, count, out),
      fd_read: (fd: number, vectors: number, count: number, out: number) =>
        this.#read(fd, vectors, count, out),
      fd_seek: (fd: number, offset: bigint, whence: number, out: number) =>
        this.#seek(fd, Number(offset), whence, out),
      fd_close: (fd: number) => (this.#open.delete(fd) ? OK : BAD_FILE),
      fd_fdstat_get: (fd: number, out: number) => this.#describe(fd, out),
      fd_fdstat_set_flags: () => OK,
      fd_prestat_get: (fd: number, out: number) => {
        if (fd !== ROOT_FD) return BAD_FILE;
        this.#view().setUint32(out, 0, true);
        this.#view().setUint32(out + 4, 1, true);
        return OK;
      },
      fd_prestat_dir_name: (fd: number, pointer: number) => {
        if (fd !== ROOT_FD) return BAD_FILE;
        this.#view().setUint8(pointer, '/'.charCodeAt(0));
        return OK;
      },
      path_open: (_fd: number, _flags: number, pointer: number, length: number, ...rest: unknown[]) =>
        this.#openPath(pointer, length, Number(rest[4])),
      path_filestat_get: (_fd: number, _flags: number, pointer: number, length: number, out: number) =>
        this.#statPath(pointer, length, out),
    };
  }

  #sizes(texts: readonly Uint8Array[], count: number, size: number): number {
    this.#view().setUint32(count, texts.length, true);
    this.#view().setUint32(
      size,
      texts.reduce((sum, text) => sum + text.length, 0),
      true,
    );
    return OK;
  }

  #texts(texts: readonly Uint8Array[], pointers: number, start: number): number {
    let at = start;
    for (const [index, text] of texts.entries()) {
      this.#view().setUint32(pointers + 4 * index, at, true);
      this.#bytes().set(text, at);
      at += text.length;
    }
    return OK;
  }

  /** Marsaglia's xorshift: good enough for hash seeds, and the same on every machine. */
  #fillRandom(pointer: number, length: number): number {
    const bytes = this.#bytes();
    let state = this.#random;
    for (let index = 0; index < length; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[pointer + index] = state & 0xff;
    }
    this.#random = state;
    return OK;
  }

  #write(fd: number, vectors: number, count: number, out: number): number {
    if (fd !== 1 && fd !== 2) return BAD_FILE;
    let written = 0;
    for (const part of this.#vectors(vectors, count)) {
      this.#printed.push(part.slice());
      written += part.length;
    }
    this.#view().setUint32(out, written, true);
    return OK;
  }

  #read(fd: number, vectors: number, count: number, out: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return BAD_FILE;
    const start = file.position;
    for (const part of this.#vectors(vectors, count)) {
      const piece = file.content.subarray(file.position, file.position + part.length);
      part.set(piece);
      file.position += piece.length;
    }
    this.#view().setUint32(out, file.position - start, true);
    return OK;
  }

  #seek(fd: number, offset: number, whence: number, out: number): number {
    const file = this.#open.get(fd);
    if (file === undefined || fd < ROOT_FD) return fd < ROOT_FD ? NOT_SEEKABLE : BAD_FILE;
    const base = [0, file.position, file.content.length][whence] ?? 0;
    file.position = base + offset;
    this.#view().setBigUint64(out, BigInt(file.position), true);
    return OK;
  }

  #describe(fd: number, out: number): number {
    const type =
      fd < ROOT_FD ? DEVICE : fd === ROOT_FD ? DIRECTORY : this.#open.has(fd) ? REGULAR : undefined;
    if (type === undefined) return BAD_FILE;
    const view = this.#view();
    view.setUint8(out, type);
    view.setUint8(out + 1, 0);
    view.setUint16(out + 2, 0, true);
    view.setUint32(out + 4, 0, true);
    view.setBigUint64(out + 8, ALL_RIGHTS, true);
    view.setBigUint64(out + 16, ALL_RIGHTS, true);
    return OK;
  }

  #openPath(pointer: number, length: number, out: number): number {
    const content = this.#files.get(this.#path(pointer, length))?.();
    if (content === undefined) return NO_ENTRY;
    const fd = this.#nextFd++;
    this.#open.set(fd, { content, position: 0 });
    this.#view().setUint32(out, fd, true);
    return OK;
  }

  #statPath(pointer: number, length: number, out: number): number {
    const content = this.#files.get(this.#path(pointer, length))?.();
    if (content === undefined) return NO_ENTRY;
    this.#bytes().fill(0, out, out + 64);
    const view = this.#view();
    view.setUint8(out + 16, REGULAR);
    view.setBigUint64(out + 24, 1n, true);
    view.setBigUint64(out + 32, BigInt(content.length), true);
    return OK;
  }

  #path(pointer: number, length: number): string {
    const path = decoder.decode(this.#bytes().slice(pointer, pointer + length));
    return path.startsWith('/') ? path : `/${path}`;
  }

  *#vectors(pointer: number, count: number): Generator<Uint8Array> {
    for (let index = 0; index < count; index++) {
      const at = this.#view().getUint32(pointer + 8 * index, true);
      yield this.#bytes().subarray(at, at + this.#view().getUint32(pointer + 8 * index + 4, true));
    }
  }

  /** Growing the memory detaches its buffer, so that a view is only good for one call. */
  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#buffer());
  }

  #buffer(): ArrayBuffer {
    if (this.#memory === undefined) throw new Error('the guest runs before its memory is known');
    return this.#memory.buffer;
  }
}
