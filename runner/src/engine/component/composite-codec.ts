import type { CallContext } from './call-context.js';
import { alignTo, type Codec } from './codec.js';
import { trap } from './fault.js';
import type { ResourceType } from './types.js';

/** Reckoned cost of one list element on the host's side, beside its bytes. */
const ELEMENT_COST = 16;

/** Fields one after the other; `keys` undefined makes an array of them. */
export function sequenceCodec(fields: readonly Codec[], keys: readonly string[] | undefined): Codec {
  const offsets: number[] = [];
  let end = 0;
  let align = 1;
  for (const field of fields) {
    const at = alignTo(end, field.align);
    offsets.push(at);
    end = at + field.size;
    align = Math.max(align, field.align);
  }
  const collect = (read: (field: Codec, index: number) => unknown): unknown => {
    if (keys === undefined) return fields.map(read);
    const record: Record<string, unknown> = {};
    for (const [index, field] of fields.entries()) record[keys[index] ?? ''] = read(field, index);
    return record;
  };
  const part = (value: unknown, index: number): unknown =>
    keys === undefined
      ? (value as readonly unknown[])[index]
      : (value as Record<string, unknown>)[keys[index] ?? ''];
  return {
    size: alignTo(end, align),
    align,
    flat: fields.flatMap((field) => field.flat),
    load: (cx, at) => collect((field, index) => field.load(cx, at + (offsets[index] ?? 0))),
    store: (cx, at, value) => {
      for (const [index, field] of fields.entries()) {
        field.store(cx, at + (offsets[index] ?? 0), part(value, index));
      }
    },
    lift: (cx, source) => collect((field) => field.lift(cx, source)),
    lower: (cx, value, into) => {
      for (const [index, field] of fields.entries()) field.lower(cx, part(value, index), into);
    },
  };
}

interface ListAccess {
  read(cx: CallContext, pointer: number, length: number): unknown;
  /** Writes the list into memory of the guest; gives pointer and length. */
  write(cx: CallContext, value: unknown): readonly [number, number];
}

function listFrom(access: ListAccess): Codec {
  return {
    size: 8,
    align: 4,
    flat: ['i32', 'i32'],
    load: (cx, at) => access.read(cx, cx.view.getUint32(at, true), cx.view.getUint32(at + 4, true)),
    store: (cx, at, value) => {
      const [pointer, length] = access.write(cx, value);
      cx.view.setUint32(at, pointer, true);
      cx.view.setUint32(at + 4, length, true);
    },
    lift: (cx, source) => {
      const pointer = source.int() >>> 0;
      return access.read(cx, pointer, source.int() >>> 0);
    },
    lower: (cx, value, into) => {
      into.push(...access.write(cx, value));
    },
  };
}

/** A list of bytes travels as one `Uint8Array`, always a copy. */
export function byteListCodec(): Codec {
  return listFrom({
    read(cx, pointer, length) {
      cx.check(pointer, length, 1);
      cx.spend(length);
      return cx.bytes.slice(pointer, pointer + length);
    },
    write(cx, value) {
      const bytes = value as Uint8Array;
      const pointer = cx.allocate(bytes.length, 1);
      cx.bytes.set(bytes, pointer);
      return [pointer, bytes.length];
    },
  });
}

/** A list: address and length of its elements, which stand one behind the other. */
export function listCodec(element: Codec): Codec {
  return listFrom({
    read(cx, pointer, length) {
      cx.check(pointer, length * element.size, element.align);
      cx.spend(length * (element.size + ELEMENT_COST));
      return Array.from({ length }, (_, index) => element.load(cx, pointer + index * element.size));
    },
    write(cx, value) {
      const items = value as readonly unknown[];
      const pointer = cx.allocate(items.length * element.size, element.align);
      for (const [index, item] of items.entries()) element.store(cx, pointer + index * element.size, item);
      return [pointer, items.length];
    },
  });
}

/** A number in memory and among core values, seen by the host as something else. */
function mappedInteger(size: 1 | 2 | 4, codec: Codec, map: ValueMap): Codec {
  return {
    size,
    align: size,
    flat: ['i32'],
    load: (cx, at) => map.fromNumber(Number(codec.load(cx, at)), cx),
    store: (cx, at, value) => codec.store(cx, at, map.toNumber(value, cx)),
    lift: (cx, source) => map.fromNumber(Number(codec.lift(cx, source)), cx),
    lower: (cx, value, into) => codec.lower(cx, map.toNumber(value, cx), into),
  };
}

interface ValueMap {
  fromNumber(value: number, cx: CallContext): unknown;
  toNumber(value: unknown, cx: CallContext): number;
}

/** Gives the codec of an unsigned number of so many bytes. */
export type IntegerCodec = (size: 1 | 2 | 4) => Codec;

/** Bytes of the number that tells `count` cases apart. */
export function discriminantSize(count: number): 1 | 2 | 4 {
  if (count <= 0x100) return 1;
  return count <= 0x1_0000 ? 2 : 4;
}

/** An enum: a number in the guest, the name of the case for the host. */
export function enumCodec(names: readonly string[], integer: IntegerCodec): Codec {
  const numbers = new Map(names.map((name, index) => [name, index]));
  const size = discriminantSize(names.length);
  return mappedInteger(size, integer(size), {
    fromNumber(value) {
      const name = names[value];
      if (name === undefined) throw trap('an enum case that does not exist');
      return name;
    },
    toNumber(value) {
      const number = numbers.get(String(value));
      if (number === undefined) throw new TypeError(`the host gave the unknown enum case "${value}"`);
      return number;
    },
  });
}

/** Flags: a bit each in the guest, an object of booleans for the host. */
export function flagsCodec(names: readonly string[], integer: IntegerCodec): Codec {
  const size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4;
  return mappedInteger(size, integer(size), {
    fromNumber: (value) =>
      Object.fromEntries(names.map((name, bit) => [name, (value & (1 << bit)) !== 0] as const)),
    toNumber(value) {
      const flags = value as Readonly<Record<string, boolean>>;
      return names.reduce((sum, name, bit) => (flags[name] ? sum | (1 << bit) : sum), 0);
    },
  });
}

/** A handle: the host sees what it stands for. */
export function handleCodec(kind: 'own' | 'borrow', resource: ResourceType, integer: IntegerCodec): Codec {
  return mappedInteger(4, integer(4), {
    fromNumber: (value, cx) =>
      kind === 'own' ? cx.state.handles.take(value, resource) : cx.state.handles.rep(value, resource),
    toNumber: (value, cx) => cx.state.handles.add(resource, value, kind === 'own'),
  });
}
