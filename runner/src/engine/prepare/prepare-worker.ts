import { parentPort, workerData } from 'node:worker_threads';
import { UnsupportedComponent } from '../component/definition.js';
import { GuestFault } from '../component/fault.js';
import { MalformedWasm } from '../wasm/byte-reader.js';
import { wasm } from '../wasm/runtime.js';
import { componentFault } from '../worker/failure.js';
import { type Preparation, Preparer } from './preparation.js';
import type { PrepareReply, PrepareRequest, SentPreparation } from './prepare-protocol.js';

/** The thread that reads, rewrites and compiles components, so that the one that answers HTTP never does. */

const preparer = new Preparer((workerData as { maxPages: number }).maxPages);

function post(reply: PrepareReply): void {
  parentPort?.postMessage(reply);
}

async function prepare(request: PrepareRequest): Promise<void> {
  try {
    const { preparation, analyse } = await preparer.prepare(request);
    post({ type: 'prepared', id: request.id, preparation: sent(preparation, request.knownShape) });
    if (analyse === undefined) return;
    // Behind whatever else waits to be prepared: nobody waits for this.
    setImmediate(() => post({ type: 'analysed', shape: preparation.shape.key, restorable: analyse() }));
  } catch (error) {
    post({ type: 'failed', id: request.id, ...faultOf(error) });
  }
}

function sent(preparation: Preparation, knownShape: string | undefined): SentPreparation {
  const { key, restorable } = preparation.shape;
  return key === knownShape ? { ...preparation, shape: { key, restorable } } : preparation;
}

function faultOf(error: unknown): Pick<PrepareReply & { type: 'failed' }, 'reason' | 'message'> {
  if (error instanceof GuestFault) return { reason: error.reason, message: error.message };
  if (error instanceof MalformedWasm || error instanceof UnsupportedComponent) {
    return { reason: 'init', message: componentFault(error) };
  }
  if (error instanceof wasm.CompileError) {
    return { reason: 'init', message: `the component cannot be compiled: ${error.message}` };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { reason: 'init', message: `the component cannot be read: ${text}` };
}

parentPort?.on('message', (request: PrepareRequest) => void prepare(request));
