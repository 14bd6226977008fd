import type { CallContext } from './call-context.js';
import type { Codec, CoreType } from './codec.js';
import type { Primitive } from './definition.js';
import { trap } from './fault.js';
import { readString, writeString } from './string-codec.js';

/** A type that is one core value: how it is read from and written to memory, and how it is narrowed. */
interface Scalar<T> {
  readonly size: number;
  readonly flat: CoreType;
  read(view: DataView, at: number): T;
  write(view: DataView, at: number, value: T): void;
  /** From a core value to the value the host sees. */
  narrow(value: T): unknown;
  /** From the value of the host to a core value. */
  widen(value: unknown): T;
}

function scalar<T extends number | bigint>(kind: Scalar<T>): Codec {
  return {
    size: kind.size,
    align: kind.size,
    flat: [kind.flat],
    load: (cx, at) => kind.narrow(kind.read(cx.view, at)),
    store: (cx, at, value) => kind.write(cx.view, at, kind.widen(value)),
    lift: (_, source) => kind.narrow(source.next() as T),
    lower: (_, value, into) => {
      into.push(kind.widen(value));
    },
  };
}

const readers = {
  1: (view: DataView, at: number) => view.getUint8(at),
  2: (view: DataView, at: number) => view.getUint16(at, true),
  4: (view: DataView, at: number) => view.getUint32(at, true),
};
const writers = {
  1: (view: DataView, at: number, value: number) => view.setUint8(at, value),
  2: (view: DataView, at: number, value: number) => view.setUint16(at, value, true),
  4: (view: DataView, at: number, value: number) => view.setUint32(at, value, true),
};

function int32(size: 1 | 2 | 4, narrow: (value: number) => unknown): Codec {
  const widen = (value: unknown): number => Number(value) | 0;
  return scalar<number>({ size, flat: 'i32', read: readers[size], write: writers[size], narrow, widen });
}

function int64(narrow: (value: bigint) => bigint): Codec {
  return scalar<bigint>({
    size: 8,
    flat: 'i64',
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, value, true),
    narrow,
    widen: (value) => BigInt.asIntN(64, BigInt(value as bigint | number)),
  });
}

function float(size: 4 | 8): Codec {
  return scalar<number>({
    size,
    flat: size === 4 ? 'f32' : 'f64',
    read: (view, at) => (size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true)),
    write: (view, at, value) =>
      size === 4 ? view.setFloat32(at, value, true) : view.setFloat64(at, value, true),
    narrow: (value) => value,
    widen: Number,
  });
}

function char(): Codec {
  const codec = int32(4, (value) => {
    const point = value >>> 0;
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) throw trap('a char that is none');
    return String.fromCodePoint(point);
  });
  const point = (value: unknown): number => String(value).codePointAt(0) ?? 0;
  return {
    ...codec,
    store: (cx, at, value) => codec.store(cx, at, point(value)),
    lower: (cx, value, into) => codec.lower(cx, point(value), into),
  };
}

function text(): Codec {
  return {
    size: 8,
    align: 4,
    flat: ['i32', 'i32'],
    load: (cx, at) => readString(cx, cx.view.getUint32(at, true), cx.view.getUint32(at + 4, true)),
    store: (cx, at, value) => {
      const { pointer, length } = writeString(cx, hostString(value));
      cx.view.setUint32(at, pointer, true);
      cx.view.setUint32(at + 4, length, true);
    },
    lift: (cx, source) => {
      const pointer = source.int() >>> 0;
      return readString(cx, pointer, source.int() >>> 0);
    },
    lower: (cx: CallContext, value, into) => {
      const { pointer, length } = writeString(cx, hostString(value));
      into.push(pointer, length);
    },
  };
}

function hostString(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('the host gave no string where one is due');
  return value;
}

/** The codec of a primitive type. */
export function primitiveCodec(type: Primitive): Codec {
  switch (type) {
    case 'bool':
      return int32(1, (value) => value !== 0);
    case 'u8':
      return int32(1, (value) => value & 0xff);
    case 's8':
      return int32(1, (value) => (value << 24) >> 24);
    case 'u16':
      return int32(2, (value) => value & 0xffff);
    case 's16':
      return int32(2, (value) => (value << 16) >> 16);
    case 'u32':
      return int32(4, (value) => value >>> 0);
    case 's32':
      return int32(4, (value) => value | 0);
    case 'u64':
      return int64((value) => BigInt.asUintN(64, value));
    case 's64':
      return int64((value) => value);
    case 'f32':
      return float(4);
    case 'f64':
      return float(8);
    case 'char':
      return char();
    case 'string':
      return text();
  }
}
