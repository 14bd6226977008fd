/** A place in one of the author's files; lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string | undefined;
}

interface Segment {
  readonly column: number;
  readonly source: number;
  readonly line: number;
  readonly sourceColumn: number;
  readonly name: number | undefined;
}

interface MapFile {
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** Checked by hand: this runs in every guest thread, where a schema library costs start-up time. */
function mapFileOf(json: unknown): MapFile | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { version, sources, names = [], mappings, sourceRoot } = json as Record<string, unknown>;
  if (version !== 3 || typeof mappings !== 'string') return undefined;
  if (!Array.isArray(sources) || !Array.isArray(names)) return undefined;
  const root = typeof sourceRoot === 'string' ? sourceRoot : '';
  return { sources: sources.map((source) => `${root}${source ?? ''}`), names: names.map(String), mappings };
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A source map of the third version, without index maps. Lines are decoded when they are asked for. */
export class SourceMap {
  readonly #sources: readonly string[];
  readonly #names: readonly string[];
  readonly #mappings: string;
  #lines: ReadonlyArray<readonly Segment[]> | undefined;

  private constructor({ sources, names, mappings }: MapFile) {
    this.#sources = sources;
    this.#names = names;
    this.#mappings = mappings;
  }

  /** Reads a map; `undefined` for text that is none. */
  static parse(text: string): SourceMap | undefined {
    try {
      const file = mapFileOf(JSON.parse(text));
      return file === undefined ? undefined : new SourceMap(file);
    } catch {
      return undefined;
    }
  }

  /** Where a place of the generated file comes from: the last mapping at or before it on its line. */
  lookup(line: number, column: number): SourcePosition | undefined {
    this.#lines ??= decodeLines(this.#mappings);
    let found: Segment | undefined;
    for (const segment of this.#lines[line - 1] ?? []) {
      if (segment.column > column - 1) break;
      found = segment;
    }
    const file = found === undefined ? undefined : this.#sources[found.source];
    if (found === undefined || file === undefined) return undefined;
    const name = found.name === undefined ? undefined : this.#names[found.name];
    return { file, line: found.line + 1, column: found.sourceColumn + 1, name };
  }
}

function decodeLines(mappings: string): Segment[][] {
  const state = { source: 0, line: 0, column: 0, name: 0 };
  return mappings.split(';').map((line) => {
    let generated = 0;
    const segments: Segment[] = [];
    for (const text of line.split(',')) {
      const [column, source, sourceLine, sourceColumn, name] = decodeNumbers(text);
      if (column === undefined) continue;
      generated += column;
      if (source === undefined) continue;
      state.source += source;
      state.line += sourceLine ?? 0;
      state.column += sourceColumn ?? 0;
      state.name += name ?? 0;
      segments.push({
        column: generated,
        source: state.source,
        line: state.line,
        sourceColumn: state.column,
        name: name === undefined ? undefined : state.name,
      });
    }
    return segments;
  });
}

/** Base64 digits of five bits, the sixth says that more follow; the lowest bit of a number is its sign. */
function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return [];
    value += (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
    } else {
      numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return numbers;
}
