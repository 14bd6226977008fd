import { UnsupportedComponent } from '../component/definition.js';
import { GuestFault } from '../component/fault.js';
import { MalformedWasm } from '../wasm/byte-reader.js';
import { wasm } from '../wasm/runtime.js';
import { HostCallFailed } from './host-bridge.js';
import type { WorkerFailure } from './protocol.js';

type Cause = Pick<WorkerFailure, 'reason' | 'message'>;

/** What is known of a call that failed. */
export interface FailedCall {
  readonly error: unknown;
  /** What the guest last wrote to standard error. */
  readonly errorTail: string;
  /** A memory of the instance is at its limit. */
  readonly memoryFull: boolean;
  readonly limitMb: number;
}

/** Turns whatever ended a call into one line for the caller and a reason to count it by. */
export function failureOf(failed: FailedCall): Cause {
  const { error } = failed;
  if (error instanceof GuestFault) return { reason: error.reason, message: error.message };
  if (error instanceof MalformedWasm || error instanceof UnsupportedComponent) {
    return { reason: 'init', message: componentFault(error) };
  }
  if (error instanceof wasm.LinkError) {
    return { reason: 'import', message: `the component cannot be linked: ${error.message}` };
  }
  if (error instanceof HostCallFailed)
    return { reason: 'trap', message: `a host call failed: ${error.message}` };
  if (error instanceof wasm.RuntimeError) return trapOf(error, failed);
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return { reason: 'trap', message: 'wasm trap: call stack exhausted' };
  }
  return { reason: 'trap', message: error instanceof Error ? error.message : String(error) };
}

/** Why a component cannot be run at all. */
export function componentFault(error: Error): string {
  return error instanceof UnsupportedComponent
    ? `the component uses what this runner does not support: ${error.message}`
    : `the component is malformed: ${error.message}`;
}

function trapOf(error: Error, { errorTail, memoryFull, limitMb }: FailedCall): Cause {
  if (memoryFull || /out of memory/i.test(errorTail)) {
    return { reason: 'memory', message: `the handler needs more than its ${limitMb} MiB of memory` };
  }
  return { reason: 'trap', message: `wasm trap: ${error.message}` };
}
