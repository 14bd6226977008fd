import { contextData } from '../../capabilities/local-functions.js';
import { HANDLER_SIGNATURE } from '../../capabilities/signatures.js';
import { type ComponentInstance, ComponentProgram } from '../component/component-program.js';
import { GuestFault } from '../component/fault.js';
import { instantiate } from '../component/linker.js';
import type { ComponentFunction } from '../component/scope.js';
import { describeFunction } from '../component/types.js';
import { PAGE_BYTES } from '../wasm/page.js';
import type { GuestCall } from './guest-call.js';
import { type CallSlot, HostImports, type HostTypes } from './host-imports.js';
import type { GuestHttp, ProgramShape, ProgramState, WorkerAnswer } from './protocol.js';

/** A memory this full has most likely been refused more. */
const NEARLY = 0.95;
/** Host-side allowance for what is not the body of an answer: its headers, strings, lists. */
const OVERHEAD_BYTES = 1024 * 1024;

/** A program on this thread: its types and codecs are kept from one instance to the next. */
export class GuestProgram {
  readonly #linked: ComponentProgram;
  #restorable: boolean;

  constructor(shape: ProgramShape) {
    this.#linked = new ComponentProgram(shape.root, shape.modules);
    this.#restorable = shape.restorable;
  }

  /** Whether memory, globals and handles are all that an instance changes. */
  get restorable(): boolean {
    return this.#restorable;
  }

  allowRestoring(): void {
    this.#restorable = true;
  }

  instantiate(state: ProgramState, types: HostTypes, slot: CallSlot, maxPages: number): ComponentInstance {
    return instantiate(this.#linked, state, new HostImports(types, slot), maxPages);
  }
}

/** An instance of a component, good for one request, or for more when its state can be put back. */
export class GuestInstance {
  readonly maxPages: number;
  readonly #slot: CallSlot = { current: undefined };
  readonly #instance: ComponentInstance;
  readonly #handler: ComponentFunction;
  readonly #sizes: readonly number[];
  #spoiled = false;

  /** Throws `GuestFault` and whatever the component's own start throws; `call` serves what that calls. */
  constructor(
    program: GuestProgram,
    state: ProgramState,
    types: HostTypes,
    maxPages: number,
    call: GuestCall | undefined,
  ) {
    this.maxPages = maxPages;
    this.#slot.current = call;
    this.#instance = program.instantiate(state, types, this.#slot, maxPages);
    this.#slot.current = undefined;
    this.#handler = handlerOf(this.#instance);
    this.#sizes = this.#memories().map((memory) => memory.buffer.byteLength);
  }

  /** Calls the handler. Whatever is thrown leaves an instance that must not be used again. */
  run(call: GuestCall, http: GuestHttp, maxResponseBytes: number): WorkerAnswer {
    this.#slot.current = call;
    this.#instance.allow(maxResponseBytes + OVERHEAD_BYTES);
    try {
      const answer = this.#handler.call([
        {
          context: contextData(call.request),
          http: { ...http, headers: http.headers.map(([name, value]) => ({ name, value })) },
        },
      ]);
      return workerAnswer(answer as HandlerAnswer, maxResponseBytes);
    } catch (error) {
      this.#spoiled = true;
      throw error;
    } finally {
      this.#slot.current = undefined;
    }
  }

  /** Whether a memory has reached its limit, or nearly so. */
  get memoryFull(): boolean {
    return this.#memories().some((memory) => memory.buffer.byteLength >= this.maxPages * PAGE_BYTES * NEARLY);
  }

  /**
   * Makes the instance one of a component that has not run yet: memory, globals and handles are all
   * there is. `held` is the one that it is as new for, when it has not run since. False when it cannot be: after a
   * trap, or when a memory has grown, which cannot be undone.
   */
  restore(state: ProgramState, held?: ProgramState): boolean {
    const grown = this.#memories().some((memory, index) => memory.buffer.byteLength !== this.#sizes[index]);
    if (this.#spoiled || grown) return false;
    for (const handles of this.#instance.handles) handles.clear();
    return this.#instance.restore(state, held);
  }

  #memories() {
    return this.#instance.cores.flatMap((core) => core.memories);
  }
}

interface HandlerAnswer {
  readonly status: number;
  readonly headers: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  readonly body: Uint8Array | undefined;
}

function workerAnswer({ status, headers, body }: HandlerAnswer, maxResponseBytes: number): WorkerAnswer {
  if ((body?.length ?? 0) > maxResponseBytes) {
    throw new GuestFault('response', `the response body is over ${maxResponseBytes} bytes`);
  }
  return { kind: 'answer', status, headers: headers.map(({ name, value }) => [name, value]), body };
}

function handlerOf(instance: ComponentInstance): ComponentFunction {
  const handler = instance.exports.get('handler');
  if (handler?.sort !== 'func') {
    throw new GuestFault('exports', 'the component does not export the function "handler"');
  }
  const type = describeFunction(handler.value.type);
  if (type !== HANDLER_SIGNATURE) {
    throw new GuestFault('exports', `the component exports another "handler": ${type}`);
  }
  return handler.value;
}
