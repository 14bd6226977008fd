import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestRequest as CallContext } from '../../../runner/src/capabilities/guest-request.js';
import { SIGNATURES } from '../../../runner/src/capabilities/signatures.js';
import { Preparer } from '../../../runner/src/engine/prepare/preparation.js';
import { GuestCall } from '../../../runner/src/engine/worker/guest-call.js';
import { GuestInstance, GuestProgram } from '../../../runner/src/engine/worker/guest-instance.js';
import { HostTypes } from '../../../runner/src/engine/worker/host-imports.js';
import { type GuestRequest, headersOf, type Observation } from './component-runner.js';
import { askHost, type HostCall, recordingHost } from './recording-host.js';

const MAX_PAGES = 16_384;
const MAX_RESPONSE_BYTES = 32_000_000;
const CONTEXT: CallContext = {
  tenantId: 't1',
  extensionId: 'e1',
  providers: new Set(),
  requestId: undefined,
} as never;

interface Prepared {
  readonly component: Uint8Array;
  readonly program: GuestProgram;
  readonly state: Awaited<ReturnType<Preparer['prepare']>>['preparation']['state'];
}

/** Runs components on the runner's own engine, with host functions that record. */
export class EngineRunner {
  readonly #preparer = new Preparer(MAX_PAGES);
  readonly #types = new HostTypes();
  #dir: string | undefined;
  #count = 0;
  #last: Prepared | undefined;

  /**
   * Sends requests to a fresh instance, one after the other; to another one after a trap, or after every request
   * when each is to find the program as it was loaded.
   */
  async run(
    component: Uint8Array,
    requests: readonly GuestRequest[],
    each: 'kept' | 'fresh' = 'kept',
  ): Promise<Observation> {
    const { program, state } = await this.#prepared(component);
    const call = new RecordedCall();
    const fresh = (): GuestInstance => new GuestInstance(program, state, this.#types, MAX_PAGES, call);
    let instance = fresh();
    const answers: string[] = [];
    for (const [index, request] of requests.entries()) {
      const { method, url, body } = request;
      if (each === 'fresh' && index > 0) instance = fresh();
      const bytes = body === undefined ? undefined : new TextEncoder().encode(body);
      try {
        const http = { method, url, headers: headersOf(request), body: bytes };
        const { status, headers, body: answer } = instance.run(call, http, MAX_RESPONSE_BYTES);
        const text = answer ? new TextDecoder().decode(answer) : 'no body';
        answers.push(
          `${status} ${JSON.stringify(headers.map(([name, value]) => ({ name, value })))} ${text}`,
        );
      } catch (error) {
        answers.push(`trap: ${error instanceof Error ? error.message : String(error)}`);
        instance = fresh();
      }
    }
    return { answers, calls: call.calls, printed: Buffer.concat(call.written).toString('utf8') };
  }

  async close(): Promise<void> {
    if (this.#dir) await rm(this.#dir, { recursive: true, force: true });
  }

  /** What instances of a component are made from; the last one is kept. */
  async #prepared(component: Uint8Array): Promise<Prepared> {
    if (this.#last?.component === component) return this.#last;
    this.#dir ??= await mkdtemp(join(tmpdir(), 'alga-engine-'));
    const file = join(this.#dir, `${++this.#count}.wasm`);
    await writeFile(file, component);
    const input = { kind: 'component', hash: String(this.#count), file, sourceMapFile: undefined } as const;
    const { preparation } = await this.#preparer.prepare(input);
    const program = new GuestProgram(preparation.shape);
    this.#last = { component, program, state: preparation.state };
    return this.#last;
  }
}

/** A call whose host functions are those that the glue of other tests is given. */
class RecordedCall extends GuestCall {
  readonly calls: HostCall[] = [];
  readonly written: Uint8Array[] = [];
  readonly #host = recordingHost(this.calls);

  constructor() {
    super({
      id: 1,
      request: CONTEXT,
      secrets: undefined,
      output: undefined as never,
      bridge: undefined as never,
    });
  }

  override hostFunction(name: string, args: readonly unknown[]): unknown {
    const answer = askHost(this.#host, name, args);
    if ('err' in answer) return { tag: 'err', val: answer.err };
    return SIGNATURES.get(name)?.includes('->result<') ? { tag: 'ok', val: answer.ok } : answer.ok;
  }

  override sleep(milliseconds: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }

  override write(_stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.written.push(bytes.slice());
  }
}
