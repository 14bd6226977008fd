import { locateJson, pointerTo, type TextRange } from '../json-positions.js';

/**
 * Adds a property to the object at `pointer` of a JSON text, or replaces it, leaving everything else
 * as its author wrote it. Throws `JsonSyntaxError` when the text is not JSON.
 */
export function withProperty(text: string, pointer: string, key: string, value: unknown): string {
  const { values } = locateJson(text);
  const existing = values.get(pointerTo(pointer, key));
  const depth = pointer === '' ? 1 : pointer.split('/').length;
  const written = formatted(value, text, depth);
  if (existing !== undefined) return spliced(text, existing, written);
  return withMember(text, pointer, `${JSON.stringify(key)}: ${written}`, depth);
}

/** Adds an item to the end of the array at `pointer` of a JSON text. */
export function withItem(text: string, pointer: string, value: unknown): string {
  const depth = pointer.split('/').length;
  return withMember(text, pointer, inline(value), depth);
}

function withMember(text: string, pointer: string, member: string, depth: number): string {
  const range = locateJson(text).values.get(pointer);
  if (range === undefined) throw new TypeError(`nothing stands at ${pointer}`);
  const inner = text.slice(range.start + 1, range.end - 1);
  const [open, close] = [text.slice(range.start, range.start + 1), text.slice(range.end - 1, range.end)];
  const onOneLine = !inner.includes('\n') && depth > 1 && open === '[';
  if (onOneLine) {
    const items = inner.trim() === '' ? member : `${inner.trimEnd()}, ${member}`;
    return spliced(text, range, `${open}${items}${close}`);
  }
  const unit = indentOf(text);
  const lead = `\n${unit.repeat(depth)}`;
  const before = inner.trim() === '' ? '' : `${inner.trimEnd()},`;
  return spliced(text, range, `${open}${before}${lead}${member}\n${unit.repeat(depth - 1)}${close}`);
}

/** Small things on one line, as people write them in a manifest; bigger ones on several. */
function formatted(value: unknown, text: string, depth: number): string {
  const unit = indentOf(text);
  const short = inline(value);
  if (
    short.length <= 60 &&
    !(typeof value === 'object' && value !== null && Object.values(value).some(isObject))
  ) {
    return short;
  }
  return JSON.stringify(value, null, unit).replaceAll('\n', `\n${unit.repeat(depth)}`);
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${inline(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function indentOf(text: string): string {
  return /^[\t ]+(?=")/m.exec(text)?.[0] ?? '  ';
}

function spliced(text: string, range: TextRange, replacement: string): string {
  return text.slice(0, range.start) + replacement + text.slice(range.end);
}
