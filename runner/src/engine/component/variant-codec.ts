import type { CallContext, CoreValue } from './call-context.js';
import { alignTo, type Codec, type CoreType, FlatSource } from './codec.js';
import { discriminantSize, type IntegerCodec } from './composite-codec.js';
import { trap } from './fault.js';

/** How the host writes one value of a variant: the number of the case, and what the case carries. */
export interface VariantShape {
  make(index: number, payload: unknown): unknown;
  split(value: unknown): readonly [index: number, payload: unknown];
}

/** Any type that is one of several cases: variant, option, result. */
export function variantCodec(
  cases: ReadonlyArray<Codec | undefined>,
  shape: VariantShape,
  integer: IntegerCodec,
): Codec {
  const tagSize = discriminantSize(cases.length);
  const tag = integer(tagSize);
  const align = Math.max(tagSize, ...cases.map((entry) => entry?.align ?? 1));
  const payloadAt = alignTo(tagSize, Math.max(1, ...cases.map((entry) => entry?.align ?? 1)));
  const joined = joinedTypes(cases);
  const known = (index: number): number => {
    if (index >= cases.length) throw trap('a variant case that does not exist');
    return index;
  };
  return {
    size: alignTo(payloadAt + Math.max(0, ...cases.map((entry) => entry?.size ?? 0)), align),
    align,
    flat: ['i32', ...joined],
    load(cx, at) {
      const index = known(Number(tag.load(cx, at)));
      return shape.make(index, cases[index]?.load(cx, at + payloadAt));
    },
    store(cx, at, value) {
      const [index, payload] = shape.split(value);
      tag.store(cx, at, index);
      cases[index]?.store(cx, at + payloadAt, payload);
    },
    lift(cx, source) {
      const index = known(source.int() >>> 0);
      return shape.make(index, liftPayload(cx, source, cases[index], joined));
    },
    lower(cx, value, into) {
      const [index, payload] = shape.split(value);
      into.push(index);
      lowerPayload(cx, cases[index], payload, joined, into);
    },
  };
}

function joinedTypes(cases: ReadonlyArray<Codec | undefined>): CoreType[] {
  const joined: CoreType[] = [];
  for (const entry of cases) {
    for (const [index, type] of (entry?.flat ?? []).entries()) {
      joined[index] = joinTypes(joined[index] ?? type, type);
    }
  }
  return joined;
}

function joinTypes(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === 'i32' && b === 'f32') || (a === 'f32' && b === 'i32') ? 'i32' : 'i64';
}

function liftPayload(
  cx: CallContext,
  source: FlatSource,
  codec: Codec | undefined,
  joined: readonly CoreType[],
): unknown {
  const values = joined.map((type, index) => narrow(source.next(), type, codec?.flat[index]));
  return codec?.lift(cx, new FlatSource(values));
}

function lowerPayload(
  cx: CallContext,
  codec: Codec | undefined,
  payload: unknown,
  joined: readonly CoreType[],
  into: CoreValue[],
): void {
  const values: CoreValue[] = [];
  codec?.lower(cx, payload, values);
  for (const [index, type] of joined.entries()) {
    into.push(widen(values[index] ?? 0, codec?.flat[index], type));
  }
}

/** Takes a value of a joined type back to the type its case has. */
function narrow(value: CoreValue, joined: CoreType, wanted: CoreType | undefined): CoreValue {
  if (wanted === undefined || wanted === joined) return value;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setBigInt64(0, BigInt(value), true);
  if (wanted === 'i32') return bits.getInt32(0, true);
  return wanted === 'f32' ? bits.getFloat32(0, true) : bits.getFloat64(0, true);
}

/** Carries a value of a case in the joined type. */
function widen(value: CoreValue, from: CoreType | undefined, joined: CoreType): CoreValue {
  if (from === joined) return value;
  if (from === undefined) return joined === 'i64' ? 0n : 0;
  const bits = new DataView(new ArrayBuffer(8));
  if (from === 'f32') bits.setFloat32(0, Number(value), true);
  else if (from === 'f64') bits.setFloat64(0, Number(value), true);
  else bits.setInt32(0, Number(value), true);
  return joined === 'i32' ? bits.getInt32(0, true) : bits.getBigInt64(0, true);
}
