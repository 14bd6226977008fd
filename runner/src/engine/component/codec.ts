import type { CallContext, CoreValue } from './call-context.js';
import { trap } from './fault.js';

export type CoreType = 'i32' | 'i64' | 'f32' | 'f64';

/** The core values of a call, taken one after the other. */
export class FlatSource {
  readonly #values: readonly CoreValue[];
  #at: number;

  constructor(values: readonly CoreValue[], at = 0) {
    this.#values = values;
    this.#at = at;
  }

  next(): CoreValue {
    const value = this.#values[this.#at++];
    if (value === undefined) throw trap('a call with too few values');
    return value;
  }

  int(): number {
    return Number(this.next());
  }
}

/** How values of one type travel: in memory (`load`, `store`) and as core values (`lift`, `lower`). */
export interface Codec {
  readonly size: number;
  readonly align: number;
  readonly flat: readonly CoreType[];
  load(cx: CallContext, at: number): unknown;
  store(cx: CallContext, at: number, value: unknown): void;
  lift(cx: CallContext, source: FlatSource): unknown;
  lower(cx: CallContext, value: unknown, into: CoreValue[]): void;
}

/** The first address at or after `at` that is a multiple of `align`. */
export function alignTo(at: number, align: number): number {
  return Math.ceil(at / align) * align;
}
