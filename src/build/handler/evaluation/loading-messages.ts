import type { MessagePort } from 'node:worker_threads';
import type { TemplateFacts } from '../template/engine-template.js';
import type { WasmModule } from '../wasm/wasm-api.js';

/** What the loading thread works with. */
export interface LoadingSetup {
  readonly templateKey: string;
  readonly module: WasmModule;
  readonly bindings: Uint8Array;
  readonly facts: TemplateFacts;
  /** Memory of the template's component, which images are differences to. */
  readonly base: Uint8Array;
  /** Name of the first handler to come, when it is known. */
  readonly guestPath: string | undefined;
  readonly questions: MessagePort;
  /** Set and notified with every question: the thread may be asleep in the middle of a call. */
  readonly wake: Int32Array<SharedArrayBuffer>;
}

/** A handler to load. */
export interface LoadQuestion {
  readonly source: string;
  readonly guestPath: string;
}
