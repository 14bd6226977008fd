import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';
import { componentParts } from '../../../src/build/handler/wasm/component-parts.js';
import { compileModule, type WasmModule } from '../../../src/build/handler/wasm/wasm-api.js';
import { GuestConsole } from './guest-console.js';
import { type HostCall, recordingHost } from './recording-host.js';

/** A request as the guest's world has it. */
export interface GuestRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  /** Beside `accept`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers of a request as names and values. */
export function headersOf({ headers = {} }: GuestRequest): (readonly [name: string, value: string])[] {
  return [['accept', '*/*'], ...Object.entries(headers)];
}

/** What is seen of a component from outside: its answers and what it asked of the host. */
export interface Observation {
  readonly answers: readonly string[];
  readonly calls: readonly HostCall[];
  /** What it printed to its console. */
  readonly printed: string;
}

interface Instance {
  handler(request: unknown): unknown;
}

interface Glue {
  readonly instantiate: (
    getModule: (name: string) => Promise<WasmModule>,
    imports: Record<string, unknown>,
  ) => Promise<Instance>;
  readonly modules: ReadonlyMap<string, WasmModule>;
  readonly engineName: string;
}

/**
 * Runs components with jco's transpiled glue. The glue depends only on what surrounds the engine, so that
 * components with equal surroundings share one transpilation.
 */
export class ComponentRunner {
  readonly #glue = new Map<string, Promise<Glue>>();
  #dir: string | undefined;

  /** Sends requests to a fresh instance, one after the other. */
  async run(component: Uint8Array, requests: readonly GuestRequest[]): Promise<Observation> {
    const calls: HostCall[] = [];
    const console = new GuestConsole();
    const imports = { ...new WASIShim().getImportObject(), ...console.imports(), ...recordingHost(calls) };
    const instance = await this.#instance(component, imports);
    const answers: string[] = [];
    for (const request of requests) answers.push(await answerOf(instance, request));
    return { answers, calls, printed: console.text() };
  }

  async close(): Promise<void> {
    if (this.#dir) await rm(this.#dir, { recursive: true, force: true });
  }

  async #instance(component: Uint8Array, imports: Record<string, unknown>): Promise<Instance> {
    const { before, engine, after } = componentParts(component);
    const key = createHash('sha256').update(before).update(' ').update(after).digest('hex');
    let made = this.#glue.get(key);
    if (!made) {
      made = this.#transpile(component, key);
      this.#glue.set(key, made);
    }
    const glue = await made;
    const compiled = await compileModule(engine);
    return glue.instantiate(async (name) => {
      const module = name === glue.engineName ? compiled : glue.modules.get(name);
      if (module === undefined) throw new Error(`the glue asks for ${name}`);
      return module;
    }, imports);
  }

  async #transpile(component: Uint8Array, key: string): Promise<Glue> {
    this.#dir ??= await mkdtemp(join(tmpdir(), 'alga-glue-'));
    const { files } = await transpile(component, {
      name: 'guest',
      instantiation: 'async',
      noTypescript: true,
    });
    const script = join(this.#dir, `${key}.mjs`);
    const modules = new Map<string, WasmModule>();
    let engineName = '';
    let largest = 0;
    for (const [name, content] of Object.entries(files)) {
      if (name === 'guest.js') await writeFile(script, content);
      if (!name.endsWith('.wasm')) continue;
      modules.set(name, await compileModule(content));
      if (content.length > largest) engineName = name;
      largest = Math.max(largest, content.length);
    }
    const { instantiate } = (await import(/* @vite-ignore */ pathToFileURL(script).href)) as Pick<
      Glue,
      'instantiate'
    >;
    return { instantiate, modules, engineName };
  }
}

async function answerOf(
  instance: { handler(request: unknown): unknown },
  request: GuestRequest,
): Promise<string> {
  const { method, url, body } = request;
  try {
    const response = (await instance.handler({
      context: { tenantId: 't1', extensionId: 'e1' },
      http: {
        method,
        url,
        headers: headersOf(request).map(([name, value]) => ({ name, value })),
        body: body === undefined ? undefined : new TextEncoder().encode(body),
      },
    })) as { status: number; headers: unknown; body?: Uint8Array };
    const text = response.body ? new TextDecoder().decode(response.body) : 'no body';
    return `${response.status} ${JSON.stringify(response.headers)} ${text}`;
  } catch (error) {
    return `trap: ${error instanceof Error ? error.message : String(error)}`;
  }
}
