/** A JSON object as the database gives a row. */
export type RowJson = Readonly<Record<string, unknown>>;

/** One thing that mending changes: complete enough to be shown, done and taken back. */
export type Change =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Text; null: no such file. */
      readonly before: string | null;
      readonly after: string | null;
    }
  | {
      readonly kind: 'row';
      readonly table: string;
      readonly id: string;
      /** The columns that change, or the whole row; null: no such row. */
      readonly before: RowJson | null;
      readonly after: RowJson | null;
    }
  | {
      readonly kind: 'object';
      readonly key: string;
      /** Hash of the bytes; null: no such object. */
      readonly before: string | null;
      readonly after: string | null;
      /** The bytes of `after`. */
      readonly content?: Uint8Array;
    }
  | { readonly kind: 'bucket'; readonly name: string; readonly before: null; readonly after: string };

/** A change in one line for people. */
export function changeText(change: Change): string {
  const from = valueText(change.before);
  const to = valueText(change.after);
  switch (change.kind) {
    case 'file':
      return `file ${change.path}: ${change.after === null ? 'removed' : change.before === null ? 'written' : 'changed'}`;
    case 'row':
      return `row ${change.table} ${change.id}: ${from} -> ${to}`;
    case 'object':
      return `object ${change.key}: ${from} -> ${to}`;
    case 'bucket':
      return `bucket ${change.name}: ${from} -> made`;
  }
}

function valueText(value: RowJson | string | null): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
