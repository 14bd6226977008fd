import type { WasmMemory } from '../wasm/runtime.js';
import { GuestFault, trap } from './fault.js';
import type { HandleTable } from './handles.js';

export type CoreValue = number | bigint;
/** Any function of a core instance. */
export type CoreFunction = (...args: CoreValue[]) => CoreValue | undefined;

/** State of one component instance that canonical functions share. */
export interface InstanceState {
  readonly handles: HandleTable;
  /** False while the guest allocates for the host: it may not call out then. */
  mayLeave: boolean;
}

/**
 * One guest memory as the host reads and writes it during calls: bounds, alignment and the amount of
 * data a guest may hand over are checked here and nowhere else.
 */
export class CallContext {
  readonly state: InstanceState;
  readonly encoding: 'utf8' | 'utf16' | 'latin1+utf16';
  readonly #memory: WasmMemory | undefined;
  readonly #realloc: CoreFunction | undefined;
  #allowance = 0;
  #budget = 0;
  #buffer: ArrayBuffer | undefined;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));

  constructor(
    state: InstanceState,
    encoding: CallContext['encoding'],
    memory: WasmMemory | undefined,
    realloc: CoreFunction | undefined,
  ) {
    this.state = state;
    this.encoding = encoding;
    this.#memory = memory;
    this.#realloc = realloc;
  }

  /** Sets how many bytes the guest may hand over in one call, in either direction. */
  allow(bytes: number): void {
    this.#allowance = bytes;
  }

  /** A call begins: the guest may hand over the full amount again. */
  refill(): void {
    this.#budget = this.#allowance;
  }

  /** Takes from what the guest may hand over in this call; beyond it everything ends. */
  spend(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0) throw new GuestFault('response', 'the guest handed over more data than is allowed');
  }

  get bytes(): Uint8Array {
    this.#refresh();
    return this.#bytes;
  }

  get view(): DataView {
    this.#refresh();
    return this.#view;
  }

  /** Growth detaches the old buffer, so the views follow the memory. */
  #refresh(): void {
    const buffer = this.#memory?.buffer;
    if (buffer === this.#buffer || buffer === undefined) return;
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** Checks that a range lies in memory and starts aligned. */
  check(pointer: number, length: number, align: number): void {
    if (pointer % align !== 0) throw trap('a misaligned pointer');
    if (pointer + length > this.bytes.length) throw trap('a pointer outside of memory');
  }

  /** Memory for the host to write to, from the guest's own allocator. */
  allocate(length: number, align: number): number {
    if (this.#realloc === undefined) throw trap('the guest gives no way to allocate memory');
    this.state.mayLeave = false;
    const pointer = Number(this.#realloc(0, 0, align, length) ?? 0) >>> 0;
    this.state.mayLeave = true;
    this.check(pointer, length, align);
    return pointer;
  }
}
