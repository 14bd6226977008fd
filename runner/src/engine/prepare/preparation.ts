import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Executable } from '../../executable.js';
import { BoundedMap } from '../../net/bounded-map.js';
import { decodeImage } from '../../published/heap-image.js';
import { type ParsedComponent, UnsupportedComponent } from '../component/definition.js';
import { parseComponent } from '../component/parser.js';
import { joined } from '../wasm/byte-writer.js';
import { ownBytes } from '../wasm/memory-image.js';
import { type WasmModule, wasm } from '../wasm/runtime.js';
import type { ProgramShape, ProgramState } from '../worker/protocol.js';
import { CodeDigest } from './code-digest.js';
import { ImageBases } from './image-bases.js';
import { type InitialState, imageState, initialState } from './initial-state.js';
import { isRestorable, type ModuleInput, moduleInput } from './module-input.js';
import { SpentBytes } from './spent-bytes.js';

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
  /** Bytes of memory that images of the same shape are differences to. */
  readonly baseBytes: number;
  /** Bytes that are this component's own. */
  readonly stateBytes: number;
}

/** What to prepare. */
export interface PreparationInput {
  readonly kind: Executable['kind'];
  /** Of the bundle, or the key of the image. */
  readonly hash: string;
  readonly file: string;
  /** Lower-case hex SHA-256 of a component, where it is known. */
  readonly componentHash?: string | undefined;
  readonly sourceMapFile: string | undefined;
}

interface CompiledCode {
  readonly module: WasmModule;
  readonly bytes: number;
  /** Undefined until the code has been looked through. */
  restorable: boolean | undefined;
}

/** A component as read from its file. */
interface ComponentParts {
  readonly root: ParsedComponent['root'];
  /** What is described here stays; the bytes are there until they are released. */
  readonly inputs: readonly ModuleInput[];
  /** Of the whole file; the original modules are parts of it. */
  readonly bytes: Uint8Array;
}

/** The component that images are differences to; kept, because every save of a handler brings another image. */
interface ImageBase {
  readonly file: string;
  readonly parts: ComponentParts;
  readonly codes: readonly CompiledCode[];
  readonly state: InitialState;
  /** By the memories that a program starts with. */
  readonly shapeKeys: Map<string, string>;
  /** Left to do once. */
  analyse: (() => boolean) | undefined;
}

/** Turns component files into programs. Code that was seen before is neither compiled nor analysed again. */
export class Preparer {
  readonly #maxPages: number;
  readonly #compiled = new BoundedMap<string, CompiledCode>({
    maxEntries: MAX_COMPILED,
    maxWeight: MAX_COMPILED_BYTES,
    weigh: (code) => code.bytes,
  });

  readonly #bases = new ImageBases();
  readonly #digests = new CodeDigest();
  readonly #spent = new SpentBytes();
  #base: ImageBase | undefined;

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
    if (input.kind === 'image') return this.#prepareImage(input);
    const { parts, codes } = await this.#read(input.file);
    const state = initialState(parts.inputs, this.#bases, this.#maxPages);
    return {
      preparation: assemble(input, { parts, codes, state, key: shapeKey(parts, state.memories) }),
      analyse: this.#analysisOf(parts, codes),
    };
  }

  /** What is left to do with the bytes of a component whose state has been taken: they are needed no longer. */
  #analysisOf(parts: ComponentParts, codes: readonly CompiledCode[]): (() => boolean) | undefined {
    if (codes.every((code) => code.restorable !== undefined)) {
      this.#spent.release(parts.bytes);
      return undefined;
    }
    return () => {
      const restorable = analyseAll(parts.inputs, codes);
      this.#spent.release(parts.bytes);
      return restorable;
    };
  }

  /** An image brings nothing but state: what it is a difference to was read and compiled before. */
  async #prepareImage(
    input: PreparationInput,
  ): Promise<{ preparation: Preparation; analyse: (() => boolean) | undefined }> {
    const bytes = readBounded(input.file);
    const image = decodeImage(bytes);
    if (image === undefined) throw new UnsupportedComponent('an image that cannot be read');
    const file = join(dirname(input.file), `${image.templateKey}.wasm`);
    const base = (this.#base?.file === file ? this.#base : undefined) ?? (await this.#readBase(file));
    const { parts, codes, analyse } = base;
    const state = imageState(base, image, this.#maxPages);
    this.#spent.release(bytes);
    base.analyse = undefined;
    const key = knownShapeKey(base, state.memories);
    return { preparation: assemble(input, { parts, codes, state, key }), analyse };
  }

  async #readBase(file: string): Promise<ImageBase> {
    const { parts, codes } = await this.#read(file);
    const state = initialState(parts.inputs, this.#bases, this.#maxPages);
    const analyse = this.#analysisOf(parts, codes);
    this.#base = { file, parts, codes, state, shapeKeys: new Map(), analyse };
    return this.#base;
  }

  async #read(file: string): Promise<{ parts: ComponentParts; codes: CompiledCode[] }> {
    const bytes = readBounded(file);
    const { root, modules } = parseComponent(bytes);
    const inputs = modules.map(({ start, end }) => moduleInput(bytes.subarray(start, end), this.#digests));
    const codes = await Promise.all(inputs.map((module) => this.#compile(module)));
    return { parts: { root, inputs, bytes }, codes };
  }

  async #compile({ key, hosted }: ModuleInput): Promise<CompiledCode> {
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const bytes = joined(hosted.parts);
    const module = await wasm.compile(bytes);
    const code = { module, bytes: bytes.length, restorable: undefined };
    // The module keeps its own.
    this.#spent.release(bytes);
    this.#compiled.set(key, code);
    return code;
  }
}

/** At once: this thread has nothing else to do, and is not made to wait for others between the parts of a large file. */
function readBounded(file: string): Uint8Array {
  const { size } = statSync(file);
  if (size > MAX_COMPONENT_BYTES) {
    throw new UnsupportedComponent(`${size} bytes of code, more than ${MAX_COMPONENT_BYTES}`);
  }
  return readFileSync(file);
}

interface ReadComponent {
  readonly parts: ComponentParts;
  readonly codes: readonly CompiledCode[];
  readonly state: InitialState;
  /** Of its shape. */
  readonly key: string;
}

function assemble(
  { hash, sourceMapFile }: PreparationInput,
  { parts: { root, inputs }, codes, state, key }: ReadComponent,
): Preparation {
  const { images, globals, memories } = state;
  const modules = codes.map(({ module }, index) => ({
    module,
    memories: memories[index] ?? [],
    globals: inputs[index]?.hosted.globals.map((global) => global.exportName) ?? [],
  }));
  const restorable = codes.every((code) => code.restorable === true);
  return {
    shape: { key, root, modules, restorable },
    state: { hash, shape: key, images, globals, sourceMapFile },
    codeBytes: codes.reduce((sum, code) => sum + code.bytes, 0),
    baseBytes: images.reduce((sum, image) => sum + (image?.base.memory.byteLength ?? 0), 0),
    stateBytes: images.reduce((sum, image) => sum + (image === undefined ? 0 : ownBytes(image)), 0),
  };
}

/**
 * Covers everything but data: the component around its modules, their code, and how much memory they
 * start with. What only describes the component, in custom sections, does not count.
 */
function shapeKey({ root, inputs }: ComponentParts, memories: InitialState['memories']): string {
  const modules = inputs.map(({ key, hosted }, index) => [
    key,
    memories[index],
    hosted.segments === undefined,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([root, modules]))
    .digest('hex');
}

/** The shape's key of an image, which only the size of its memory changes. */
function knownShapeKey({ parts, shapeKeys }: ImageBase, memories: InitialState['memories']): string {
  const sizes = JSON.stringify(memories);
  const key = shapeKeys.get(sizes) ?? shapeKey(parts, memories);
  shapeKeys.set(sizes, key);
  return key;
}

function analyseAll(inputs: readonly ModuleInput[], codes: readonly CompiledCode[]): boolean {
  return inputs.every((input, index) => {
    const code = codes[index];
    if (code === undefined) return false;
    code.restorable ??= isRestorable(input);
    return code.restorable;
  });
}
