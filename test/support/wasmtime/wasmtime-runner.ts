import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SIGNATURES } from '../../../runner/src/capabilities/signatures.js';
import { packageRoot } from '../../../src/core/entry.js';
import { type GuestRequest, headersOf, type Observation } from '../../build/handler/component-runner.js';
import {
  askHost,
  type HostCall,
  type HostFunctions,
  recordingHost,
} from '../../build/handler/recording-host.js';

/** A component takes seconds to compile, and most are the same next time. Wasmtime keeps it under half a gigabyte. */
const COMPILED = join(homedir(), '.cache', 'alga-test', 'wasmtime-compiled');
const CACHE_SETTINGS = 'cache.toml';
const PROGRAM = join(packageRoot(), 'test', 'support', 'wasmtime', 'component_host.py');

/** What a component asks of whoever runs it, and gives. */
export interface ComponentInterface {
  /** Functions of `alga:extension` as `interface#function` with their types; other imports by their names. */
  readonly imports: Readonly<Record<string, string>>;
  /** Type of the export `handler`. */
  readonly handler: string;
}

interface RunOptions {
  /** Each request in an instance of its own, as the official runner does it; else all in one. */
  readonly fresh: boolean;
  /** Host functions, which are told what they are asked; else the ones that record and always answer the same. */
  readonly host?: (calls: HostCall[]) => HostFunctions;
}

interface Message {
  readonly loaded?: ComponentInterface;
  readonly call?: string;
  readonly args?: readonly unknown[];
  readonly answer?: { readonly status: number; readonly headers: unknown; readonly body?: Uint8Array };
  readonly trap?: string;
  readonly ran?: { readonly printed: string };
  readonly refused?: string;
}

/**
 * Runs components in Wasmtime, the runtime that the official runner embeds, between what that runner links:
 * the host functions of the standard WIT, WASI preview 2 and `wasi:http`. One process for many components.
 */
export class WasmtimeRunner {
  readonly #python: string;
  #process: ChildProcessWithoutNullStreams | undefined;
  #lines: AsyncIterator<string> | undefined;
  #dir: string | undefined;
  #complaints = '';

  constructor(python: string) {
    this.#python = python;
  }

  /** Compiles and links a component, which `run` then runs; rejects with Wasmtime's words when it cannot. */
  async load(component: Uint8Array): Promise<ComponentInterface> {
    this.#dir ??= await newFolder();
    const file = join(this.#dir, 'component.wasm');
    await writeFile(file, component);
    this.#process ??= this.#start(join(this.#dir, CACHE_SETTINGS));
    this.#send({ load: file });
    const { loaded } = await this.#next();
    if (loaded === undefined) throw new Error('Wasmtime did not load the component');
    return loaded;
  }

  /** Sends requests to the loaded component, one after the other. A trap is an answer that begins with `trap:`. */
  async run(
    requests: readonly GuestRequest[],
    { fresh, host = recordingHost }: RunOptions,
  ): Promise<Observation> {
    const calls: HostCall[] = [];
    const functions = host(calls);
    const answers: string[] = [];
    this.#send({ run: requests.map(guestRequest), fresh });
    for (;;) {
      const { call, args = [], answer, trap, ran } = await this.#next();
      if (ran) return { answers, calls, printed: ran.printed };
      if (call !== undefined) {
        // JSON's null stands for an absent option.
        this.#send(
          askHost(
            functions,
            call,
            args.map((arg) => arg ?? undefined),
          ),
        );
      } else if (answer) answers.push(textOf(answer));
      else answers.push(`trap: ${trap}`);
    }
  }

  /** Ends the process; removes its files. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    if (this.#dir) await rm(this.#dir, { recursive: true, force: true });
  }

  #start(cacheSettings: string): ChildProcessWithoutNullStreams {
    const args = ['-B', '-X', 'utf8', PROGRAM, cacheSettings, ...SIGNATURES.keys()];
    const child = spawn(this.#python, args);
    child.stderr.on('data', (text: Buffer) => {
      this.#complaints += text.toString('utf8');
    });
    // A process that has ended says so by the end of its lines.
    child.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return child;
  }

  #send(message: unknown): void {
    this.#process?.stdin.write(`${JSON.stringify(message, packed)}\n`);
  }

  async #next(): Promise<Message> {
    const line = await this.#lines?.next();
    if (line === undefined || line.done) throw new Error(`Wasmtime's process ended: ${this.#complaints}`);
    const message = JSON.parse(line.value, unpacked) as Message;
    if (message.refused !== undefined) throw new Error(message.refused);
    return message;
  }
}

/** A folder for one component, and the settings of Wasmtime's cache. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alga-wasmtime-'));
  const settings = `[cache]\ndirectory = ${JSON.stringify(COMPILED)}\n`;
  await Promise.all([
    mkdir(COMPILED, { recursive: true }),
    writeFile(join(folder, CACHE_SETTINGS), settings),
  ]);
  return folder;
}

function guestRequest(request: GuestRequest): unknown {
  const { method, url, body } = request;
  const bytes = body === undefined ? undefined : new TextEncoder().encode(body);
  const http = {
    method,
    url,
    headers: headersOf(request).map(([name, value]) => ({ name, value })),
    body: bytes,
  };
  return { context: { tenantId: 't1', extensionId: 'e1' }, http };
}

function textOf({ status, headers, body }: NonNullable<Message['answer']>): string {
  return `${status} ${JSON.stringify(headers)} ${body ? new TextDecoder().decode(body) : 'no body'}`;
}

/** JSON has neither bytes nor big integers. */
function packed(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) };
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;
}

function unpacked(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('bytes' in value) return Uint8Array.from(Buffer.from(String(value.bytes), 'base64'));
  return 'bigint' in value ? BigInt(String(value.bigint)) : value;
}
