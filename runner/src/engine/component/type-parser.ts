import { type ByteReader, MalformedWasm } from '../wasm/byte-reader.js';
import {
  type AliasDefinition,
  type ComponentSort,
  type CoreSort,
  type Declaration,
  type Description,
  type NamedRef,
  type Primitive,
  type Sort,
  type TypeDefinition,
  UnsupportedComponent,
  type ValueTypeRef,
} from './definition.js';

const PRIMITIVES: ReadonlyMap<number, Primitive> = new Map([
  [0x7f, 'bool'],
  [0x7e, 's8'],
  [0x7d, 'u8'],
  [0x7c, 's16'],
  [0x7b, 'u16'],
  [0x7a, 's32'],
  [0x79, 'u32'],
  [0x78, 's64'],
  [0x77, 'u64'],
  [0x76, 'f32'],
  [0x75, 'f64'],
  [0x74, 'char'],
  [0x73, 'string'],
]);

const CORE_SORTS: ReadonlyMap<number, CoreSort> = new Map([
  [0x00, 'func'],
  [0x01, 'table'],
  [0x02, 'memory'],
  [0x03, 'global'],
  [0x10, 'type'],
  [0x11, 'module'],
  [0x12, 'instance'],
]);

const SORTS: ReadonlyMap<number, ComponentSort> = new Map([
  [0x01, 'func'],
  [0x02, 'value'],
  [0x03, 'type'],
  [0x04, 'component'],
  [0x05, 'instance'],
]);

/** Reads what kind of core definition follows. Throws `UnsupportedComponent` for a kind that is unknown. */
export function readCoreSort(reader: ByteReader): CoreSort {
  const sort = CORE_SORTS.get(reader.byte());
  if (sort === undefined) throw new UnsupportedComponent('a core definition of an unknown sort');
  return sort;
}

/** Reads what kind of definition follows, core or component. */
export function readSort(reader: ByteReader): Sort {
  const byte = reader.byte();
  if (byte === 0x00) return { core: readCoreSort(reader) };
  const sort = SORTS.get(byte);
  if (sort === undefined) throw new UnsupportedComponent('a definition of an unknown sort');
  return { component: sort };
}

/** An import or export name; a version suffix after it is dropped. */
export function readExternName(reader: ByteReader): string {
  const kind = reader.byte();
  if (kind > 2) throw new UnsupportedComponent('a name of an unknown kind');
  const name = reader.name();
  if (kind === 2) for (let options = reader.u32(); options > 0; options--) skipNameOption(reader);
  return name;
}

function skipNameOption(reader: ByteReader): void {
  reader.byte();
  reader.name();
}

function readValueType(reader: ByteReader): ValueTypeRef {
  const byte = reader.bytes[reader.at] ?? 0;
  const primitive = PRIMITIVES.get(byte);
  if (primitive !== undefined) {
    reader.byte();
    return primitive;
  }
  const index = reader.s33();
  if (index < 0) throw new UnsupportedComponent('a value type of an unknown kind');
  return index;
}

function readOptional<T>(reader: ByteReader, read: (reader: ByteReader) => T): T | undefined {
  const flag = reader.byte();
  if (flag > 1) throw new MalformedWasm('an option flag is neither 0 nor 1');
  return flag === 1 ? read(reader) : undefined;
}

function readNamedType(reader: ByteReader): NamedRef {
  return { name: reader.name(), type: readValueType(reader) };
}

type TypeReader = (reader: ByteReader) => TypeDefinition;
const readLabel = (reader: ByteReader): string => reader.name();

const TYPES: ReadonlyMap<number, TypeReader> = new Map<number, TypeReader>([
  [0x72, (r) => ({ kind: 'record', fields: r.list(readNamedType) })],
  [0x71, (r) => ({ kind: 'variant', cases: r.list(readCase) })],
  [0x70, (r) => ({ kind: 'list', element: readValueType(r) })],
  [0x6f, (r) => ({ kind: 'tuple', items: r.list(readValueType) })],
  [0x6e, (r) => ({ kind: 'flags', names: r.list(readLabel) })],
  [0x6d, (r) => ({ kind: 'enum', names: r.list(readLabel) })],
  [0x6b, (r) => ({ kind: 'option', inner: readValueType(r) })],
  [
    0x6a,
    (r) => ({ kind: 'result', ok: readOptional(r, readValueType), err: readOptional(r, readValueType) }),
  ],
  [0x69, (r) => ({ kind: 'own', resource: r.u32() })],
  [0x68, (r) => ({ kind: 'borrow', resource: r.u32() })],
  [0x40, readFunctionType],
  [0x41, (r) => ({ kind: 'component-type', declarations: r.list(readDeclaration) })],
  [0x42, (r) => ({ kind: 'instance-type', declarations: r.list(readDeclaration) })],
  [0x3f, readResourceType],
]);

function readCase(reader: ByteReader): { name: string; type: ValueTypeRef | undefined } {
  const entry = { name: reader.name(), type: readOptional(reader, readValueType) };
  if (reader.byte() !== 0) throw new UnsupportedComponent('a variant case that refines another');
  return entry;
}

function readFunctionType(reader: ByteReader): TypeDefinition {
  const params = reader.list(readNamedType);
  if (reader.byte() === 0x00) return { kind: 'func', params, result: readValueType(reader) };
  if (reader.u32() !== 0) throw new UnsupportedComponent('a function with several results');
  return { kind: 'func', params, result: undefined };
}

function readResourceType(reader: ByteReader): TypeDefinition {
  if (reader.byte() !== 0x7f) throw new UnsupportedComponent('a resource that is not represented by i32');
  return { kind: 'resource', destructor: readOptional(reader, (r) => r.u32()) };
}

/** One type definition. Throws `UnsupportedComponent` for streams, futures and other asynchronous types. */
export function readTypeDefinition(reader: ByteReader): TypeDefinition {
  const opcode = reader.byte();
  const primitive = PRIMITIVES.get(opcode);
  if (primitive !== undefined) return { kind: 'primitive', type: primitive };
  const read = TYPES.get(opcode);
  if (read === undefined) throw new UnsupportedComponent('asynchronous or unknown types');
  return read(reader);
}

/** The type of an import or export. */
export function readDescription(reader: ByteReader): Description {
  const kind = reader.byte();
  if (kind === 0x00) {
    if (reader.byte() !== 0x11) throw new UnsupportedComponent('a core import that is not a module');
    return { kind: 'core-module', type: reader.u32() };
  }
  if (kind === 0x01) return { kind: 'func', type: reader.u32() };
  if (kind === 0x03) return { kind: 'type', equals: reader.byte() === 0x00 ? reader.u32() : undefined };
  if (kind === 0x04) return { kind: 'component', type: reader.u32() };
  if (kind === 0x05) return { kind: 'instance', type: reader.u32() };
  throw new UnsupportedComponent('an import or export of a value');
}

/** Reads an alias of an export or of a definition of an outer component. */
export function readAlias(reader: ByteReader): AliasDefinition {
  const sort = readSort(reader);
  const target = reader.byte();
  if (target > 2) throw new UnsupportedComponent('an alias of an unknown kind');
  const first = reader.u32();
  if (target === 0x02) return { kind: 'alias-outer', sort, levels: first, index: reader.u32() };
  return { kind: 'alias-export', sort, instance: first, name: reader.name(), core: target === 0x01 };
}

function readDeclaration(reader: ByteReader): Declaration {
  const kind = reader.byte();
  if (kind === 0x01) return { kind: 'type', type: readTypeDefinition(reader) };
  if (kind === 0x02) return { kind: 'alias', alias: readAlias(reader) };
  if (kind === 0x03 || kind === 0x04) {
    return {
      kind: kind === 0x03 ? 'import' : 'export',
      name: readExternName(reader),
      description: readDescription(reader),
    };
  }
  throw new UnsupportedComponent('core types inside a type');
}
