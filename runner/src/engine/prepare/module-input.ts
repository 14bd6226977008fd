import { GuestFault } from '../component/fault.js';
import { MalformedWasm } from '../wasm/byte-reader.js';
import { scanCode } from '../wasm/code-scan.js';
import { type CoreSection, coreSections, SECTION } from '../wasm/core-module.js';
import { type HostedModule, hostModule } from '../wasm/hosted-module.js';
import type { MemoryImage } from '../wasm/memory-image.js';
import { PAGE_BYTES, PAGES_PER_MB } from '../wasm/page.js';
import type { CodeDigest } from './code-digest.js';
import type { ImageBases } from './image-bases.js';

/** A core module of a component, rewritten, with the key under which its compiled form is kept. */
export interface ModuleInput {
  readonly key: string;
  readonly original: Uint8Array;
  readonly hosted: HostedModule;
}

/** Rewrites a core module so that the host owns its memory. Throws `MalformedWasm` when it is none. */
export function moduleInput(original: Uint8Array, digests: CodeDigest): ModuleInput {
  const hosted = hostModule(original);
  return { key: digests.of(hosted.parts), original, hosted };
}

/**
 * What memory 0 of a module holds before anything runs; undefined when it has none of its own or brings
 * its data itself. Throws when that is more than any call may use, or data lies outside of it.
 */
export function initialImage(
  { key, hosted }: ModuleInput,
  bases: ImageBases,
  maxPages: number,
): MemoryImage | undefined {
  const [memory] = hosted.memories;
  const { segments } = hosted;
  if (memory === undefined || segments === undefined) return undefined;
  refuseTooLarge(memory.min, maxPages);
  return bases.image(key, memory.min * PAGE_BYTES, (image) => {
    image.fill(0);
    for (const { offset, bytes } of segments) {
      if (offset + bytes.length > image.length) throw new MalformedWasm('data lies outside of memory');
      image.set(bytes, offset);
    }
  });
}

/** Throws when a component starts with more memory than any call may use. */
export function refuseTooLarge(pages: number, maxPages: number): void {
  if (pages <= maxPages) return;
  const needed = Math.ceil(pages / PAGES_PER_MB);
  throw new GuestFault('memory', `the component needs ${needed} MiB of memory to start`);
}

/**
 * Whether memory and globals are all that instances of this module can ever change, and instantiating
 * it runs no code of its own. Then writing both back makes an instance as good as new.
 */
export function isRestorable({ original, hosted }: ModuleInput): boolean {
  const sections = new Map(coreSections(original).map((section) => [section.id, section]));
  if (hosted.hiddenState || sections.has(SECTION.start)) return false;
  if (sections.has(SECTION.data) && hosted.segments === undefined) return false;
  if (hosted.memories.length > 0 && hosted.segments === undefined) return false;
  if (hosted.globals.some((global) => global.init === undefined)) return false;
  return leavesTablesAlone(original, sections.get(SECTION.code));
}

function leavesTablesAlone(original: Uint8Array, code: CoreSection | undefined): boolean {
  if (code === undefined) return true;
  const effects = scanCode(original, code);
  return !effects.changesTables && !effects.usesDataSegments && !effects.unknown;
}
