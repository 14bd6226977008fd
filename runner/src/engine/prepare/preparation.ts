import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { BoundedMap } from '../../net/bounded-map.js';
import { type ParsedComponent, UnsupportedComponent } from '../component/definition.js';
import { parseComponent } from '../component/parser.js';
import { type WasmModule, wasm } from '../wasm/runtime.js';
import type { ProgramShape, ProgramState } from '../worker/protocol.js';
import { initialImage, isRestorable, type ModuleInput, moduleInput } from './module-input.js';

/** Components from JavaScript are 13 MB and more; nothing sensible comes near this. */
const MAX_COMPONENT_BYTES = 256 * 1024 * 1024;
/** Compiled code kept for components to come, by the size of its bytes. */
const MAX_COMPILED = 256;
const MAX_COMPILED_BYTES = 128 * 1024 * 1024;

/** A component as the threads that run guests need it, and what it weighs. */
export interface Preparation {
  readonly shape: ProgramShape;
  readonly state: ProgramState;
  /** Bytes of code, shared by every component of the same shape. */
  readonly codeBytes: number;
  /** Bytes that are this component's own. */
  readonly stateBytes: number;
}

/** What to prepare. */
export interface PreparationInput {
  /** Of the bundle. */
  readonly hash: string;
  readonly file: string;
  readonly sourceMapFile: string | undefined;
}

interface CompiledCode {
  readonly module: WasmModule;
  readonly bytes: number;
  /** Undefined until the code has been looked through. */
  restorable: boolean | undefined;
}

/** Turns component files into programs. Code that was seen before is neither compiled nor analysed again. */
export class Preparer {
  readonly #maxPages: number;
  readonly #compiled = new BoundedMap<string, CompiledCode>({
    maxEntries: MAX_COMPILED,
    maxWeight: MAX_COMPILED_BYTES,
    weigh: (code) => code.bytes,
  });

  /** `maxPages`: no component that starts with more memory is prepared. */
  constructor(maxPages: number) {
    this.#maxPages = maxPages;
  }

  /**
   * Prepares a component. `analyse` is there when its code is new: it tells whether instances can be
   * put back to their first state, which takes tens of milliseconds and can wait.
   */
  async prepare(
    input: PreparationInput,
  ): Promise<{ preparation: Preparation; analyse: (() => boolean) | undefined }> {
    const bytes = await readComponent(input.file);
    const parsed = parseComponent(bytes);
    const inputs = parsed.modules.map(({ start, end }) => moduleInput(bytes.subarray(start, end)));
    const codes = await Promise.all(inputs.map((module) => this.#compile(module)));
    const preparation = assemble(input, this.#maxPages, parsed, inputs, codes);
    const known = codes.every((code) => code.restorable !== undefined);
    return { preparation, analyse: known ? undefined : () => analyseAll(inputs, codes) };
  }

  async #compile({ key, hosted }: ModuleInput): Promise<CompiledCode> {
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const module = await wasm.compile(hosted.bytes);
    const code = { module, bytes: hosted.bytes.length, restorable: undefined };
    this.#compiled.set(key, code);
    return code;
  }
}

async function readComponent(file: string): Promise<Uint8Array> {
  const { size } = await stat(file);
  if (size > MAX_COMPONENT_BYTES) {
    throw new UnsupportedComponent(`${size} bytes of code, more than ${MAX_COMPONENT_BYTES}`);
  }
  return await readFile(file);
}

function assemble(
  { hash, sourceMapFile }: PreparationInput,
  maxPages: number,
  parsed: ParsedComponent,
  inputs: readonly ModuleInput[],
  codes: readonly CompiledCode[],
): Preparation {
  const key = shapeKey(parsed, inputs);
  const images = inputs.map(({ hosted }) => initialImage(hosted, maxPages));
  const modules = codes.map(({ module }, index) => ({
    module,
    memories: inputs[index]?.hosted.memories ?? [],
    globals: inputs[index]?.hosted.globals.map((global) => global.exportName) ?? [],
  }));
  const restorable = codes.every((code) => code.restorable === true);
  const globals = inputs.map(({ hosted }) => hosted.globals.map((global) => global.init));
  return {
    shape: { key, root: parsed.root, modules, restorable },
    state: { hash, shape: key, images, globals, sourceMapFile },
    codeBytes: codes.reduce((sum, code) => sum + code.bytes, 0),
    stateBytes: images.reduce((sum, image) => sum + (image?.byteLength ?? 0), 0),
  };
}

/**
 * Covers everything but data: the component around its modules, their code, and how much memory they
 * start with. What only describes the component, in custom sections, does not count.
 */
function shapeKey(parsed: ParsedComponent, inputs: readonly ModuleInput[]): string {
  const modules = inputs.map(({ key, hosted }) => [key, hosted.memories, hosted.segments === undefined]);
  return createHash('sha256')
    .update(JSON.stringify([parsed.root, modules]))
    .digest('hex');
}

function analyseAll(inputs: readonly ModuleInput[], codes: readonly CompiledCode[]): boolean {
  return inputs.every((input, index) => {
    const code = codes[index];
    if (code === undefined) return false;
    code.restorable ??= isRestorable(input);
    return code.restorable;
  });
}
