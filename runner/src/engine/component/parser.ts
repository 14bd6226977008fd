import { ByteReader, MalformedWasm } from '../wasm/byte-reader.js';
import {
  type CanonDefinition,
  type CanonicalOptions,
  type ComponentDefinition,
  type Definition,
  type NamedSort,
  type ParsedComponent,
  type SortIndex,
  UnsupportedComponent,
} from './definition.js';
import {
  readAlias,
  readCoreSort,
  readDescription,
  readExternName,
  readSort,
  readTypeDefinition,
} from './type-parser.js';

/** Components may hold components; a file of nothing but nesting must not exhaust the stack. */
const MAX_NESTING = 32;
const COMPONENT_LAYER = 0x0001_000d;
const MODULE_LAYER = 0x0000_0001;

interface Modules {
  readonly found: Array<{ start: number; end: number }>;
}

/**
 * Reads a component. Throws `MalformedWasm` for bytes that are none and `UnsupportedComponent` for
 * features this runner does not have (asynchronous functions, streams, values).
 */
export function parseComponent(bytes: Uint8Array): ParsedComponent {
  const modules: Modules = { found: [] };
  const root = readComponent(new ByteReader(bytes), modules, 0);
  return { root, modules: modules.found };
}

function readComponent(reader: ByteReader, modules: Modules, depth: number): ComponentDefinition {
  if (depth > MAX_NESTING) throw new UnsupportedComponent('components nested too deeply');
  readPreamble(reader);
  const definitions: Definition[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const size = reader.u32();
    const from = reader.at;
    reader.take(size);
    const section = new ByteReader(reader.bytes, from, from + size);
    if (id === 1) {
      definitions.push({ kind: 'core-module', module: modules.found.length });
      modules.found.push({ start: from, end: from + size });
    } else if (id === 4) {
      definitions.push({ kind: 'component', component: readComponent(section, modules, depth + 1) });
    } else if (id !== 0) {
      for (const definition of readSection(id, section)) definitions.push(definition);
    }
  }
  return { definitions };
}

function readPreamble(reader: ByteReader): void {
  const [zero, a, s, m, v0 = 0, v1 = 0, l0 = 0, l1 = 0] = reader.take(8);
  if (zero !== 0 || a !== 0x61 || s !== 0x73 || m !== 0x6d) throw new MalformedWasm('not WebAssembly');
  const layer = v0 | (v1 << 8) | (l0 << 16) | (l1 << 24);
  if (layer === MODULE_LAYER) throw new MalformedWasm('a core module, not a component');
  if (layer !== COMPONENT_LAYER) throw new UnsupportedComponent('another version of the component format');
}

type DefinitionReader = (reader: ByteReader) => Definition;

const SECTIONS: ReadonlyMap<number, DefinitionReader> = new Map<number, DefinitionReader>([
  [2, readCoreInstance],
  [5, readInstance],
  [6, readAlias],
  [7, (r) => ({ kind: 'type', type: readTypeDefinition(r) })],
  [8, (r) => ({ kind: 'canon', canon: readCanon(r) })],
  [10, (r) => ({ kind: 'import', name: readExternName(r), description: readDescription(r) })],
  [11, readExport],
]);

function readSection(id: number, section: ByteReader): Definition[] {
  const read = SECTIONS.get(id);
  if (read === undefined) throw new UnsupportedComponent(sectionName(id));
  return section.list(read);
}

function sectionName(id: number): string {
  if (id === 3) return 'core types';
  return id === 9 ? 'start functions' : `sections of kind ${id}`;
}

function readCoreSortIndex(reader: ByteReader): SortIndex {
  return { sort: { core: readCoreSort(reader) }, index: reader.u32() };
}

function readSortIndex(reader: ByteReader): SortIndex {
  return { sort: readSort(reader), index: reader.u32() };
}

function readCoreInstance(reader: ByteReader): Definition {
  if (reader.byte() === 0x01) {
    return {
      kind: 'core-exports',
      exports: reader.list((r): NamedSort => ({ name: r.name(), item: readCoreSortIndex(r) })),
    };
  }
  const module = reader.u32();
  const args = reader.list((r) => {
    const name = r.name();
    if (r.byte() !== 0x12) throw new UnsupportedComponent('a core module argument that is no instance');
    return { name, instance: r.u32() };
  });
  return { kind: 'core-instantiate', module, args };
}

function readInstance(reader: ByteReader): Definition {
  if (reader.byte() === 0x01) {
    return {
      kind: 'exports',
      exports: reader.list((r): NamedSort => ({ name: readExternName(r), item: readSortIndex(r) })),
    };
  }
  const component = reader.u32();
  const args = reader.list((r): NamedSort => ({ name: r.name(), item: readSortIndex(r) }));
  return { kind: 'instantiate', component, args };
}

function readExport(reader: ByteReader): Definition {
  const name = readExternName(reader);
  const item = readSortIndex(reader);
  if (reader.byte() === 1) readDescription(reader);
  return { kind: 'export', name, item };
}

function readCanon(reader: ByteReader): CanonDefinition {
  const op = reader.byte();
  if (op === 0x00 || op === 0x01) {
    if (reader.byte() !== 0x00) throw new MalformedWasm('a canonical function of an unknown form');
    const index = reader.u32();
    const options = readOptions(reader);
    return op === 0x00
      ? { op: 'lift', core: index, options, type: reader.u32() }
      : { op: 'lower', func: index, options };
  }
  if (op === 0x02) return { op: 'resource.new', type: reader.u32() };
  if (op === 0x03) return { op: 'resource.drop', type: reader.u32() };
  if (op === 0x04) return { op: 'resource.rep', type: reader.u32() };
  throw new UnsupportedComponent('asynchronous functions');
}

function readOptions(reader: ByteReader): CanonicalOptions {
  const options = {
    encoding: 'utf8' as CanonicalOptions['encoding'],
    memory: undefined as number | undefined,
    realloc: undefined as number | undefined,
    postReturn: undefined as number | undefined,
  };
  for (let left = reader.u32(); left > 0; left--) {
    const option = reader.byte();
    if (option === 0x00) options.encoding = 'utf8';
    else if (option === 0x01) options.encoding = 'utf16';
    else if (option === 0x02) options.encoding = 'latin1+utf16';
    else if (option === 0x03) options.memory = reader.u32();
    else if (option === 0x04) options.realloc = reader.u32();
    else if (option === 0x05) options.postReturn = reader.u32();
    else throw new UnsupportedComponent('asynchronous functions');
  }
  return options;
}
