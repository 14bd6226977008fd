import type { Codec } from './codec.js';
import {
  byteListCodec,
  enumCodec,
  flagsCodec,
  handleCodec,
  type IntegerCodec,
  listCodec,
  sequenceCodec,
} from './composite-codec.js';
import type { Primitive } from './definition.js';
import { primitiveCodec } from './primitive-codec.js';
import type { ResultValue, ValueType } from './types.js';
import { type VariantShape, variantCodec } from './variant-codec.js';

/**
 * Codecs of types, made on first use and kept as long as the type. The host sees records and flags as
 * objects in camel case, options as the value or `undefined`, results and variants as `{ tag, val }`,
 * enums as strings, lists of bytes as `Uint8Array`, 64-bit integers as bigints.
 */
export class Codecs {
  readonly #primitives = new Map<Primitive, Codec>();
  readonly #composites = new WeakMap<ValueType, Codec>();

  of(type: ValueType): Codec {
    if (type.kind === 'primitive') return this.#primitive(type.type);
    const known = this.#composites.get(type);
    if (known !== undefined) return known;
    const codec = this.#make(type);
    this.#composites.set(type, codec);
    return codec;
  }

  /** A codec of several values as the fields of a tuple, for parameters that travel in memory. */
  tuple(types: readonly ValueType[]): Codec {
    return sequenceCodec(
      types.map((type) => this.of(type)),
      undefined,
    );
  }

  #primitive(type: Primitive): Codec {
    const known = this.#primitives.get(type);
    if (known !== undefined) return known;
    const codec = primitiveCodec(type);
    this.#primitives.set(type, codec);
    return codec;
  }

  readonly #integer: IntegerCodec = (size) => this.#primitive(size === 1 ? 'u8' : size === 2 ? 'u16' : 'u32');

  #optional(type: ValueType | undefined): Codec | undefined {
    return type === undefined ? undefined : this.of(type);
  }

  #make(type: Exclude<ValueType, { kind: 'primitive' }>): Codec {
    switch (type.kind) {
      case 'record':
        return sequenceCodec(
          type.fields.map((field) => this.of(field.type)),
          type.fields.map((field) => field.name),
        );
      case 'tuple':
        return this.tuple(type.items);
      case 'list':
        return isByte(type.element) ? byteListCodec() : listCodec(this.of(type.element));
      case 'enum':
        return enumCodec(type.names, this.#integer);
      case 'flags':
        return flagsCodec(type.names, this.#integer);
      case 'option':
        return variantCodec([undefined, this.of(type.inner)], optionShape(type.inner), this.#integer);
      case 'result':
        return variantCodec(
          [this.#optional(type.ok), this.#optional(type.err)],
          taggedShape(['ok', 'err']),
          this.#integer,
        );
      case 'variant':
        return variantCodec(
          type.cases.map((entry) => this.#optional(entry.type)),
          taggedShape(type.cases.map((entry) => entry.name)),
          this.#integer,
        );
      case 'own':
      case 'borrow':
        return handleCodec(type.kind, type.resource, this.#integer);
    }
  }
}

function isByte(type: ValueType): boolean {
  return type.kind === 'primitive' && type.type === 'u8';
}

/** An option is its value or `undefined`; an option of an option keeps the outer one apart as `{ val }`. */
function optionShape(inner: ValueType): VariantShape {
  const nested = inner.kind === 'option';
  return {
    make: (index, payload) => (index === 0 ? undefined : nested ? { val: payload } : payload),
    split: (value) => {
      if (value === undefined || value === null) return [0, undefined];
      return [1, nested ? (value as { val: unknown }).val : value];
    },
  };
}

function taggedShape(names: readonly string[]): VariantShape {
  const numbers = new Map(names.map((name, index) => [name, index]));
  return {
    make: (index, payload): ResultValue =>
      ({ tag: names[index], ...(payload === undefined ? {} : { val: payload }) }) as ResultValue,
    split(value) {
      const { tag, val } = value as ResultValue;
      const index = numbers.get(tag);
      if (index === undefined) throw new TypeError(`the host gave the unknown case "${tag}"`);
      return [index, val];
    },
  };
}
