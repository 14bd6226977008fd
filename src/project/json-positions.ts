/** A half-open range of character offsets in a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of one JSON value stand; keys are JSON pointers (`''` is the whole document). */
export interface JsonPositions {
  /** Range of the value at a pointer. */
  readonly values: ReadonlyMap<string, TextRange>;
  /** Range of the property name (with its quotes) at a pointer. */
  readonly keys: ReadonlyMap<string, TextRange>;
  /** Property names that stand twice in one object: the pointer and the place of the later one. */
  readonly duplicates: readonly { readonly pointer: string; readonly range: TextRange }[];
}

/** A place where a text is not JSON. */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    /** Character offset of the first wrong character; the text's length when it ends too early. */
    readonly offset: number,
  ) {
    super(message);
    this.name = 'JsonSyntaxError';
  }
}

/** Deeper nesting than any file we read needs; a bound so that a hostile file cannot exhaust the stack. */
const MAX_DEPTH = 256;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Appends one step to a JSON pointer, escaped as RFC 6901 says. */
export function pointerTo(parent: string, step: string | number): string {
  return `${parent}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * Finds where every value and property name of a JSON text stands.
 * Throws {@link JsonSyntaxError} with the place and a plain sentence when the text is not JSON
 * (the platform's own parser gives no position for some faults).
 */
export function locateJson(text: string): JsonPositions {
  return new Scanner(text).document();
}

class Scanner {
  #at = 0;
  readonly #values = new Map<string, TextRange>();
  readonly #keys = new Map<string, TextRange>();
  readonly #duplicates: { pointer: string; range: TextRange }[] = [];

  constructor(private readonly text: string) {}

  document(): JsonPositions {
    this.#value('', 0);
    this.#skipSpace();
    if (this.#at < this.text.length) this.#fail('unexpected text after the end of the value');
    return { values: this.#values, keys: this.#keys, duplicates: this.#duplicates };
  }

  #value(pointer: string, depth: number): void {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    this.#skipSpace();
    const start = this.#at;
    const first = this.text[start];
    if (first === '{') this.#object(pointer, depth);
    else if (first === '[') this.#array(pointer, depth);
    else if (first === '"') this.#string();
    else if (this.#match(NUMBER) === undefined && this.#match(LITERAL) === undefined) this.#failValue();
    this.#values.set(pointer, { start, end: this.#at });
  }

  #object(pointer: string, depth: number): void {
    this.#at++;
    const seen = new Set<string>();
    for (let first = true; ; first = false) {
      if (this.#closes('}', first)) return;
      if (this.text[this.#at] !== '"') this.#failName();
      const start = this.#at;
      const name = this.#string();
      const child = pointerTo(pointer, name);
      const range = { start, end: this.#at };
      if (seen.has(name)) this.#duplicates.push({ pointer: child, range });
      seen.add(name);
      this.#keys.set(child, range);
      this.#skipSpace();
      if (this.text[this.#at] !== ':') this.#fail('expected ":" after the property name');
      this.#at++;
      this.#value(child, depth + 1);
    }
  }

  #array(pointer: string, depth: number): void {
    this.#at++;
    for (let index = 0; ; index++) {
      if (this.#closes(']', index === 0)) return;
      this.#value(pointerTo(pointer, index), depth + 1);
    }
  }

  /** Steps over a separator or the closing bracket; true when the bracket was there. */
  #closes(bracket: string, first: boolean): boolean {
    this.#skipSpace();
    if (this.text[this.#at] === bracket) {
      this.#at++;
      return true;
    }
    if (first) return false;
    const comma = this.#at;
    if (this.text[comma] !== ',') this.#fail(`expected "," or "${bracket}"`);
    this.#at++;
    this.#skipSpace();
    if (this.text[this.#at] === bracket) this.#fail(`a comma before "${bracket}" is not allowed`, comma);
    return false;
  }

  #string(): string {
    const start = this.#at;
    const token = this.#match(STRING);
    if (token === undefined) this.#fail('this string is not closed, or holds a bad escape', start);
    return JSON.parse(token) as string;
  }

  #match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#match(SPACE);
    if (this.text[this.#at] === '/' && /^\/[/*]/.test(this.text.slice(this.#at, this.#at + 2))) {
      this.#fail('comments are not allowed in JSON');
    }
    if (this.#at === 0 && this.text.startsWith('\ufeff'))
      this.#fail('the file begins with a byte order mark');
  }

  #failName(): never {
    const quoted = this.text[this.#at] === "'";
    return this.#fail(
      quoted ? 'property names need double quotes' : 'expected a property name in double quotes',
    );
  }

  #failValue(): never {
    const quoted = this.text[this.#at] === "'";
    return this.#fail(quoted ? 'strings need double quotes' : 'expected a value');
  }

  #fail(message: string, offset = this.#at): never {
    const ended = offset >= this.text.length;
    throw new JsonSyntaxError(ended ? `${message}, but the file ends here` : message, offset);
  }
}
