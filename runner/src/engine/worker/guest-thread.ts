import type { MessagePort } from 'node:worker_threads';
import { BoundedMap } from '../../net/bounded-map.js';
import { GuestFault } from '../component/fault.js';
import { PAGES_PER_MB } from '../wasm/page.js';
import { ErrorReport } from './error-report.js';
import { failureOf } from './failure.js';
import { GuestCall } from './guest-call.js';
import { GuestInstance, GuestProgram } from './guest-instance.js';
import { HostBridge } from './host-bridge.js';
import { HostTypes } from './host-imports.js';
import { OutputLines } from './output-lines.js';
import type {
  FromWorker,
  ProgramState,
  RunMessage,
  ToWorker,
  WorkerAnswer,
  WorkerFailure,
  WorkerSetup,
} from './protocol.js';

/** Instances kept ready, and programs kept linked. */
const MAX_INSTANCES = 4;
const MAX_PROGRAMS = 64;

/** The answer to a call that only asks whether the component starts. */
const STARTED: WorkerAnswer = { kind: 'answer', status: 204, headers: [], body: undefined };

interface ReadyInstance {
  readonly instance: GuestInstance;
  /** What it is as new for. */
  readonly state: ProgramState;
}

interface Loaded {
  readonly program: GuestProgram;
  readonly state: ProgramState;
  /** Key of instances that serve calls of this component under its memory limit. */
  readonly key: string;
  readonly maxPages: number;
}

/** A thread that runs guests, one call at a time, each on an instance no other call has left a trace in. */
export class GuestThread {
  readonly #port: MessagePort;
  readonly #setup: WorkerSetup;
  readonly #bridge: HostBridge;
  readonly #types = new HostTypes();
  readonly #errors = new ErrorReport();
  readonly #programs = new BoundedMap<string, GuestProgram>({ maxEntries: MAX_PROGRAMS });
  readonly #states = new Map<string, ProgramState>();
  readonly #ready = new BoundedMap<string, ReadyInstance>({ maxEntries: MAX_INSTANCES });

  constructor(port: MessagePort, setup: WorkerSetup) {
    this.#port = port;
    this.#setup = setup;
    this.#bridge = new HostBridge(setup.hostCalls, setup.wake);
  }

  start(): void {
    this.#port.on('message', (message: ToWorker) => this.#receive(message));
    this.#post({ type: 'ready' });
  }

  #post(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, [...transfer]);
  }

  #receive(message: ToWorker): void {
    if (message.type === 'shape') {
      this.#programs.set(message.shape.key, new GuestProgram(message.shape));
    } else if (message.type === 'restorable') {
      this.#programs.get(message.shape)?.allowRestoring();
    } else if (message.type === 'state') {
      this.#states.set(message.state.hash, message.state);
    } else if (message.type === 'forget') {
      this.#states.delete(message.hash);
    } else {
      this.#run(message);
    }
  }

  #run(message: RunMessage): void {
    const from = performance.now();
    const call = this.#call(message);
    const { outcome, instance, loaded } = this.#attempt(message, call);
    call.output.flush();
    const ms = performance.now() - from;
    const transfer = outcome.kind === 'answer' && outcome.body !== undefined ? [outcome.body.buffer] : [];
    this.#post({ type: 'done', id: message.id, outcome, ms }, transfer as ArrayBuffer[]);
    if (loaded !== undefined) this.#renew(loaded, instance);
    this.#post({ type: 'ready' });
  }

  #call({ id, request, secrets }: RunMessage): GuestCall {
    const output = new OutputLines(this.#setup.maxLogLineBytes, (lines) => {
      this.#post({ type: 'output', id, lines });
    });
    return new GuestCall({ id, request, secrets, output, bridge: this.#bridge });
  }

  #attempt(
    message: RunMessage,
    call: GuestCall,
  ): {
    outcome: WorkerAnswer | WorkerFailure;
    instance: GuestInstance | undefined;
    loaded: Loaded | undefined;
  } {
    let instance: GuestInstance | undefined;
    let loaded: Loaded | undefined;
    try {
      loaded = this.#loaded(message);
      instance = this.#take(loaded) ?? this.#create(loaded, call);
      const { http } = message;
      const outcome = http === undefined ? STARTED : instance.run(call, http, this.#setup.maxResponseBytes);
      return { outcome, instance, loaded };
    } catch (error) {
      return { outcome: this.#failure(error, call, instance, message), instance, loaded };
    }
  }

  #failure(
    error: unknown,
    call: GuestCall,
    instance: GuestInstance | undefined,
    message: RunMessage,
  ): WorkerFailure {
    call.output.flush();
    const { reason, message: cause } = failureOf({
      error,
      errorTail: call.output.errorTail,
      memoryFull: instance?.memoryFull === true,
      limitMb: Math.floor(message.maxPages / PAGES_PER_MB),
    });
    const thrown = this.#errors.read(call.output.errorTail, this.#states.get(message.hash)?.sourceMapFile);
    return {
      kind: 'failure',
      reason,
      message: thrown === undefined || reason !== 'trap' ? cause : `${thrown.message} (${cause})`,
      stack: thrown?.stack,
    };
  }

  #loaded({ hash, maxPages }: RunMessage): Loaded {
    const state = this.#states.get(hash);
    const program = state === undefined ? undefined : this.#programs.get(state.shape);
    if (state === undefined || program === undefined) {
      throw new GuestFault('init', 'the component was not loaded before it was called');
    }
    return { program, state, key: `${state.shape}/${maxPages}`, maxPages };
  }

  /** An instance that is as new for this component, if there is one. */
  #take({ program, state, key }: Loaded): GuestInstance | undefined {
    const found = this.#ready.get(key);
    this.#ready.delete(key);
    if (found === undefined || found.state.hash === state.hash) return found?.instance;
    const { instance, state: held } = found;
    return this.#mayRestore(program) && instance.restore(state, held) ? instance : undefined;
  }

  #create({ program, state, maxPages }: Loaded, call: GuestCall | undefined): GuestInstance {
    this.#post({ type: 'created' });
    return new GuestInstance(program, state, this.#types, maxPages, call);
  }

  #mayRestore(program: GuestProgram): boolean {
    return this.#setup.restoreInstances && program.restorable;
  }

  /** After the answer is on its way: an instance for the next call, the used one put back or a new one. */
  #renew(loaded: Loaded, used: GuestInstance | undefined): void {
    const { program, state, key } = loaded;
    if (used !== undefined && this.#mayRestore(program) && used.restore(state)) {
      this.#ready.set(key, { instance: used, state });
      return;
    }
    if (used === undefined) return;
    try {
      this.#ready.set(key, { instance: this.#create(loaded, undefined), state });
    } catch {
      // The next call will make its own instance, and say why if that fails again.
    }
  }
}
