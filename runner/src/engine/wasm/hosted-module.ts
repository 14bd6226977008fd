import { ByteReader, MalformedWasm } from './byte-reader.js';
import { encodedName, encodedSection, joined, unsignedLeb } from './byte-writer.js';
import {
  activeSegments,
  type CoreSection,
  coreGlobals,
  coreImports,
  coreMemories,
  coreSections,
  type DataSegment,
  EXTERNAL_KIND,
  type GlobalDefinition,
  type MemoryLimits,
  NUMERIC_TYPES,
  SECTION,
} from './core-module.js';

/** Import module under which a hosted module asks for its memories, and prefix of its exported globals. */
export const HOST_MODULE = 'alga:runner/state';

/** A mutable global the host can read and write through an export. */
export interface HostedGlobal {
  readonly exportName: string;
  /** To be written before the instance runs; undefined when the module sets it itself. */
  readonly init: number | bigint | undefined;
}

/**
 * A core module rewritten so that the host owns its state: memories are imported (so that one compiled
 * module serves any memory limit), data segments are left out where possible (so that every component
 * built on one engine compiles to the same code), mutable globals are exported (so that they can be put back).
 */
export interface HostedModule {
  /** Of which the module consists, one after the other; most are parts of the original. */
  readonly parts: readonly Uint8Array[];
  /** To be given as imports `memory0`, `memory1`, ... of `HOST_MODULE`. */
  readonly memories: readonly MemoryLimits[];
  /** Data to be written to memory 0 before instantiation; undefined when the module brings its data itself. */
  readonly segments: readonly DataSegment[] | undefined;
  readonly globals: readonly HostedGlobal[];
  /** Some mutable global cannot be seen from outside, so the state cannot be put back. */
  readonly hiddenState: boolean;
}

type Parts = Map<number, Uint8Array>;
interface Source {
  readonly bytes: Uint8Array;
  readonly sections: ReadonlyMap<number, CoreSection>;
}

/** Order in which sections must stand; custom sections are dropped. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** Rewrites a core module. Throws `MalformedWasm` for what is not WebAssembly or cannot be bounded. */
export function hostModule(bytes: Uint8Array): HostedModule {
  const source: Source = { bytes, sections: new Map(coreSections(bytes).map((s) => [s.id, s])) };
  const memories = definedMemories(source);
  const detached = memories.length === 1 && !importsMemory(source) ? detachableData(source) : undefined;
  const runsAsIs = source.sections.has(SECTION.start) || (source.sections.has(SECTION.data) && !detached);
  const globals = hostedGlobals(source, !runsAsIs);
  const parts: Parts = new Map();
  for (const [id, section] of source.sections) parts.set(id, bytes.subarray(section.at, section.end));
  parts.delete(SECTION.custom);
  if (memories.length > 0) {
    parts.delete(SECTION.memory);
    parts.set(SECTION.import, importsWithMemories(source, memories.length));
  }
  if (detached !== undefined) {
    parts.delete(SECTION.data);
    parts.delete(SECTION.dataCount);
  }
  if (globals.section !== undefined) parts.set(SECTION.global, globals.section);
  if (globals.exported.length > 0) parts.set(SECTION.export, exportsWithGlobals(source, globals.exported));
  return {
    parts: [bytes.subarray(0, 8), ...ORDER.flatMap((id) => parts.get(id) ?? [])],
    memories,
    segments: detached,
    globals: globals.exported.map(({ exportName, init }) => ({ exportName, init })),
    hiddenState: globals.hidden,
  };
}

function definedMemories(source: Source): MemoryLimits[] {
  const section = source.sections.get(SECTION.memory);
  return section === undefined ? [] : coreMemories(source.bytes, section);
}

function importsMemory(source: Source): boolean {
  const section = source.sections.get(SECTION.import);
  if (section === undefined) return false;
  const imports = coreImports(source.bytes, section);
  return imports === undefined || imports.some((entry) => entry.kind === EXTERNAL_KIND.memory);
}

/** The data segments when the host can write them itself with the same result. */
function detachableData(source: Source): DataSegment[] | undefined {
  const section = source.sections.get(SECTION.data);
  return section === undefined ? [] : activeSegments(source.bytes, section);
}

function countedContent(source: Source, id: number): { count: number; rest: Uint8Array } {
  const section = source.sections.get(id);
  if (section === undefined) return { count: 0, rest: new Uint8Array(0) };
  const reader = new ByteReader(source.bytes, section.start, section.end);
  const count = reader.u32();
  return { count, rest: source.bytes.subarray(reader.at, section.end) };
}

function importsWithMemories(source: Source, memories: number): Uint8Array {
  const { count, rest } = countedContent(source, SECTION.import);
  const added = Array.from({ length: memories }, (_, index) =>
    joined([encodedName(HOST_MODULE), encodedName(`memory${index}`), [EXTERNAL_KIND.memory, 0, 0]]),
  );
  return encodedSection(SECTION.import, [unsignedLeb(count + memories), rest, ...added]);
}

interface ExportedGlobal extends HostedGlobal {
  readonly index: number;
}

function exportsWithGlobals(source: Source, globals: readonly ExportedGlobal[]): Uint8Array {
  const { count, rest } = countedContent(source, SECTION.export);
  const added = globals.map((global) =>
    joined([encodedName(global.exportName), [EXTERNAL_KIND.global], unsignedLeb(global.index)]),
  );
  return encodedSection(SECTION.export, [unsignedLeb(count + globals.length), rest, ...added]);
}

interface Globals {
  readonly section: Uint8Array | undefined;
  readonly exported: readonly ExportedGlobal[];
  readonly hidden: boolean;
}

function hostedGlobals(source: Source, takeInits: boolean): Globals {
  const section = source.sections.get(SECTION.global);
  if (section === undefined) return { section: undefined, exported: [], hidden: false };
  const globals = coreGlobals(source.bytes, section);
  if (globals === undefined) return { section: undefined, exported: [], hidden: true };
  const first = importedGlobals(source);
  const exported: ExportedGlobal[] = [];
  const encoded = globals.map((global, index) => {
    const visible = global.mutable && NUMERIC_TYPES.has(global.type);
    const init = visible && takeInits ? integerConstant(global.init) : undefined;
    if (visible) exported.push({ exportName: `${HOST_MODULE}/${index}`, init, index: first + index });
    return encodedGlobal(global, init !== undefined);
  });
  return {
    section: encodedSection(SECTION.global, [unsignedLeb(globals.length), ...encoded]),
    exported,
    hidden: globals.some((global) => global.mutable && !NUMERIC_TYPES.has(global.type)),
  };
}

function importedGlobals(source: Source): number {
  const section = source.sections.get(SECTION.import);
  if (section === undefined) return 0;
  const imports = coreImports(source.bytes, section);
  if (imports === undefined) throw new MalformedWasm('an import is of an unknown kind');
  return imports.filter((entry) => entry.kind === EXTERNAL_KIND.global).length;
}

function encodedGlobal(global: GlobalDefinition, zeroed: boolean): Uint8Array {
  const init = zeroed ? [global.init[0] ?? 0, 0, 0x0b] : global.init;
  return joined([[global.type, global.mutable ? 1 : 0], init]);
}

/** Value of an integer constant expression; undefined for any other. */
function integerConstant(init: Uint8Array): number | bigint | undefined {
  const reader = new ByteReader(init);
  const opcode = reader.byte();
  if (opcode === 0x41) return reader.s33() | 0;
  return opcode === 0x42 ? reader.s64() : undefined;
}
