import type { MessagePort } from 'node:worker_threads';
import type { GuestRequest, OpenSecrets } from '../../capabilities/guest-request.js';
import type { DebugLevel, DebugStream, FailureReason } from '../../executable.js';
import type { ComponentDefinition } from '../component/definition.js';
import type { MemoryImage } from '../wasm/memory-image.js';
import type { WasmModule } from '../wasm/runtime.js';

/** Messages between the main thread and the threads that run guests. All of it is cloneable. */

/** Code and structure of components that differ in their data only; one serves them all. */
export interface ProgramShape {
  /** Equal for components of equal structure and code. */
  readonly key: string;
  readonly root: ComponentDefinition;
  readonly modules: ReadonlyArray<{
    readonly module: WasmModule;
    readonly memories: ReadonlyArray<{ readonly min: number; readonly max: number | undefined }>;
    readonly globals: readonly string[];
  }>;
  /** Putting back memory and globals makes an instance as good as new. */
  readonly restorable: boolean;
}

/** What one component starts with, per core module. */
export interface ProgramState {
  readonly hash: string;
  readonly shape: string;
  readonly images: ReadonlyArray<MemoryImage | undefined>;
  /** Values of the exported globals, in the order of the shape; undefined when the module sets them. */
  readonly globals: ReadonlyArray<ReadonlyArray<number | bigint | undefined>>;
  readonly sourceMapFile: string | undefined;
}

export interface GuestHttp {
  readonly method: string;
  readonly url: string;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array | undefined;
}

export interface RunMessage {
  readonly type: 'run';
  readonly id: number;
  readonly hash: string;
  /** Memory limit, in pages of 64 KiB for each memory. */
  readonly maxPages: number;
  readonly request: GuestRequest;
  /** Undefined: only an instance is made, to see that it starts. */
  readonly http: GuestHttp | undefined;
  readonly secrets: OpenSecrets | undefined;
}

export type ToWorker =
  | { readonly type: 'shape'; readonly shape: ProgramShape }
  | { readonly type: 'state'; readonly state: ProgramState }
  /** It has been proved that instances of the shape can be restored. */
  | { readonly type: 'restorable'; readonly shape: string }
  | { readonly type: 'forget'; readonly hash: string }
  | RunMessage;

export interface WorkerAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array | undefined;
}

export interface WorkerFailure {
  readonly kind: 'failure';
  readonly reason: FailureReason;
  readonly message: string;
  readonly stack: string | undefined;
}

export interface OutputLine {
  readonly ts: number;
  readonly level: DebugLevel;
  readonly stream: DebugStream;
  readonly text: string;
}

export type FromWorker =
  /** The thread is up, or is clean again after a call and can take the next. */
  | { readonly type: 'ready' }
  /** An instance is made, for a call or after one. */
  | { readonly type: 'created' }
  | {
      readonly type: 'done';
      readonly id: number;
      readonly outcome: WorkerAnswer | WorkerFailure;
      /** Milliseconds inside the guest, making its instance included. */
      readonly ms: number;
    }
  | { readonly type: 'output'; readonly id: number; readonly lines: readonly OutputLine[] };

/** A host function the main thread must run while the guest waits. */
export interface HostCallMessage {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type HostCallReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** What a thread is started with. */
export interface WorkerSetup {
  /** Host calls go out here, replies come back. */
  readonly hostCalls: MessagePort;
  /** One integer the thread sleeps on until its reply is there. */
  readonly wake: SharedArrayBuffer;
  readonly maxResponseBytes: number;
  readonly maxLogLineBytes: number;
  /** False: every request gets a new instance, as if nothing could be restored. */
  readonly restoreInstances: boolean;
}
