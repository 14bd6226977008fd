import type { CallContext, CoreFunction, CoreValue } from './call-context.js';
import { type Codec, FlatSource } from './codec.js';
import type { Codecs } from './codecs.js';
import { trap } from './fault.js';
import type { ComponentFunction } from './scope.js';
import type { FunctionType } from './types.js';

/** More parameters than this travel in memory, as one pointer. */
const MAX_FLAT_PARAMS = 16;

interface Signature {
  readonly params: readonly Codec[];
  readonly paramCount: number;
  /** Codec of all parameters together, when they travel in memory. */
  readonly spilled: Codec | undefined;
  readonly result: Codec | undefined;
  /** The result is more than one core value and travels in memory. */
  readonly resultInMemory: boolean;
}

function signature(type: FunctionType, codecs: Codecs): Signature {
  const params = type.params.map((param) => codecs.of(param.type));
  const paramCount = params.reduce((sum, codec) => sum + codec.flat.length, 0);
  const result = type.result === undefined ? undefined : codecs.of(type.result);
  return {
    params,
    paramCount,
    spilled: paramCount > MAX_FLAT_PARAMS ? codecs.tuple(type.params.map((param) => param.type)) : undefined,
    result,
    resultInMemory: (result?.flat.length ?? 0) > 1,
  };
}

/** A function of the guest, callable with values of the host. */
export function lift(
  type: FunctionType,
  core: CoreFunction,
  postReturn: CoreFunction | undefined,
  cx: CallContext,
  codecs: Codecs,
): ComponentFunction {
  let shape: Signature | undefined;
  return {
    type,
    call(args) {
      shape ??= signature(type, codecs);
      const returned = core(...lowerParams(cx, shape, args));
      cx.refill();
      const value = liftResult(cx, shape, returned);
      if (postReturn !== undefined) {
        cx.state.mayLeave = false;
        postReturn(...(returned === undefined ? [] : [returned]));
        cx.state.mayLeave = true;
      }
      return value;
    },
  };
}

function lowerParams(cx: CallContext, shape: Signature, args: readonly unknown[]): CoreValue[] {
  if (shape.spilled !== undefined) {
    const pointer = cx.allocate(shape.spilled.size, shape.spilled.align);
    shape.spilled.store(cx, pointer, args);
    return [pointer];
  }
  const flat: CoreValue[] = [];
  for (const [index, codec] of shape.params.entries()) codec.lower(cx, args[index], flat);
  return flat;
}

function liftResult(cx: CallContext, shape: Signature, returned: CoreValue | undefined): unknown {
  if (shape.result === undefined) return undefined;
  if (!shape.resultInMemory) return shape.result.lift(cx, new FlatSource([returned ?? 0]));
  const pointer = Number(returned ?? 0) >>> 0;
  cx.check(pointer, shape.result.size, shape.result.align);
  return shape.result.load(cx, pointer);
}

/** A function of the host, callable from a core module. Compiled on its first call. */
export function lower(func: ComponentFunction, cx: CallContext, codecs: Codecs): CoreFunction {
  let shape: Signature | undefined;
  return (...flat) => {
    if (!cx.state.mayLeave) throw trap('a call to the host while memory is being allocated for it');
    shape ??= signature(func.type, codecs);
    cx.refill();
    const result = func.call(liftParams(cx, shape, flat));
    return lowerResult(cx, shape, flat, result);
  };
}

function liftParams(cx: CallContext, shape: Signature, flat: readonly CoreValue[]): unknown[] {
  if (shape.spilled !== undefined) {
    const pointer = Number(flat[0] ?? 0) >>> 0;
    cx.check(pointer, shape.spilled.size, shape.spilled.align);
    return shape.spilled.load(cx, pointer) as unknown[];
  }
  const source = new FlatSource(flat);
  return shape.params.map((codec) => codec.lift(cx, source));
}

function lowerResult(
  cx: CallContext,
  shape: Signature,
  flat: readonly CoreValue[],
  result: unknown,
): CoreValue | undefined {
  if (shape.result === undefined) return undefined;
  if (!shape.resultInMemory) {
    const values: CoreValue[] = [];
    shape.result.lower(cx, result, values);
    return values[0];
  }
  const pointer = Number(flat[shape.spilled === undefined ? shape.paramCount : 1] ?? 0) >>> 0;
  cx.check(pointer, shape.result.size, shape.result.align);
  shape.result.store(cx, pointer, result);
  return undefined;
}
