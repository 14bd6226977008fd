import type { HeapImage } from '../../published/heap-image.js';
import { UnsupportedComponent } from '../component/definition.js';
import { HOST_MODULE } from '../wasm/hosted-module.js';
import { isSameImage, type MemoryImage } from '../wasm/memory-image.js';
import { overlaidImage } from '../wasm/overlaid-image.js';
import { PAGE_BYTES } from '../wasm/page.js';
import type { ProgramShape, ProgramState } from '../worker/protocol.js';
import type { ImageBases } from './image-bases.js';
import { initialImage, type ModuleInput, refuseTooLarge } from './module-input.js';

/** What instances of a component start with, module by module. */
export interface InitialState {
  readonly memories: ReadonlyArray<ProgramShape['modules'][number]['memories']>;
  readonly images: ProgramState['images'];
  readonly globals: ProgramState['globals'];
}

/** The state that a component itself brings. Throws when that is more memory than any call may use. */
export function initialState(
  inputs: readonly ModuleInput[],
  bases: ImageBases,
  maxPages: number,
): InitialState {
  return {
    memories: inputs.map(({ hosted }) => hosted.memories),
    images: inputs.map((input) => initialImage(input, bases, maxPages)),
    globals: inputs.map(({ hosted }) => hosted.globals.map((global) => global.init)),
  };
}

/**
 * The state of a base component with an image written over it. The image belongs to the one module that has a
 * memory of its own, which is the engine. Throws when it does not fit the base, or is too large for any call.
 */
export function imageState(
  { parts, state }: { parts: { inputs: readonly ModuleInput[] }; state: InitialState },
  image: HeapImage,
  maxPages: number,
): InitialState {
  const at = state.images.findIndex((one) => one !== undefined);
  const [own, input, memory] = [state.images[at], parts.inputs[at], state.memories[at]?.[0]];
  if (own === undefined || input === undefined || memory === undefined) throw misfit();
  refuseTooLarge(image.memoryPages, maxPages);
  // A handler that took more memory than the base has goes on behind its end.
  const written = overlaidImage(own, image.memoryPages * PAGE_BYTES, image);
  if (written === undefined) throw misfit();
  const replace = <T>(list: readonly T[], value: T): T[] =>
    list.map((old, index) => (index === at ? value : old));
  const values = new Map(image.globals.map(({ index, value }) => [`${HOST_MODULE}/${index}`, value]));
  const globals = input.hosted.globals.map(({ exportName, init }) => {
    const value = values.get(exportName);
    if (value === undefined) return init;
    return typeof init === 'bigint' ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
  });
  return {
    memories: replace(state.memories, [{ ...memory, min: image.memoryPages }]),
    images: replace(state.images, written),
    globals: replace(state.globals, globals),
  };
}

/** Whether two programs of one shape start with the same memory and globals. */
export function isSameState(
  one: Omit<InitialState, 'memories'>,
  other: Omit<InitialState, 'memories'>,
): boolean {
  const globals = one.globals.flat();
  const others = other.globals.flat();
  return (
    globals.length === others.length &&
    globals.every((value, index) => value === others[index]) &&
    one.images.every((image, index) => isSameOrNone(image, other.images[index]))
  );
}

function isSameOrNone(one: MemoryImage | undefined, other: MemoryImage | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSameImage(one, other);
}

function misfit(): UnsupportedComponent {
  return new UnsupportedComponent('an image that does not fit its component');
}
