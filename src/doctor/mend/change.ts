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
  | { readonly kind: 'bucket'; readonly name: string; readonly before: null; readonly after: string }
  | {
      readonly kind: 'policy';
      readonly bucket: string;
      /** The policy's JSON; null: none, so that only signed requests are taken. */
      readonly before: string | null;
      readonly after: string | null;
    };

/** A change for people: what would be touched, from what to what. Values of secrets are left out. */
export function changeText(change: Change): string {
  const from = valueText(change.before);
  const to = valueText(change.after);
  switch (change.kind) {
    case 'file':
      return fileText(change.path, change.before, change.after);
    case 'row':
      return `row ${change.table} ${change.id}: ${from} -> ${to}`;
    case 'object':
      return `object ${change.key}: ${from} -> ${to}`;
    case 'bucket':
      return `bucket ${change.name}: ${from} -> made`;
    case 'policy':
      return `policy of the bucket ${change.bucket}: ${from} -> ${to}`;
  }
}

const MAX_LINES = 12;
const SECRET = /^(\s*(?:export\s+)?\w*(?:KEY|TOKEN|SECRET|PASSWORD)\w*\s*[=:]\s*).+$/i;

/** A file's change by its lines: those that go and those that come. */
function fileText(path: string, before: string | null, after: string | null): string {
  if (after === null) return `file ${path}: removed (${lines(before).length} lines)`;
  if (before === null) return `file ${path}: written (${lines(after).length} lines)`;
  const [old, now] = [lines(before), lines(after)];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  const all = [...gone, ...come].map(
    (line) => `${line.slice(0, 2)}${line.slice(2).replace(SECRET, '$1<secret>')}`,
  );
  const rest = all.length - MAX_LINES;
  const shown = rest > 0 ? [...all.slice(0, MAX_LINES), `... and ${rest} more lines`] : all;
  return [`file ${path}: changed`, ...shown].join('\n    ');
}

function lines(text: string | null): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}

function valueText(value: RowJson | string | null): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
