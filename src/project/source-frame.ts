import type { SourceLocation } from '../core/errors/alga-error.js';

/** Lines shown before and after the marked one. */
const CONTEXT_LINES = 2;
const TAB = '  ';
/** Longer lines are cut, so that a minified file does not fill the screen. */
const MAX_LINE = 160;

/** Line and column (both from 1) of a character offset in a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/**
 * A few lines of `text` around a place, the line marked with `>` and the column with `^`.
 * `length` is how many characters to underline; it never runs over the line's end.
 */
export function sourceFrame(text: string, line: number, column: number, length = 1): string {
  const lines = text.split(/\r?\n/);
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(lines.length, line + CONTEXT_LINES);
  const width = String(last).length;
  const out: string[] = [];
  for (let number = first; number <= last; number++) {
    const source = lines[number - 1] ?? '';
    const mark = number === line ? '>' : ' ';
    out.push(`${mark} ${String(number).padStart(width)} | ${shown(source)}`.trimEnd());
    if (number === line && column <= MAX_LINE) {
      const indent = source.slice(0, column - 1).replaceAll('\t', TAB).length;
      const marks = '^'.repeat(Math.max(1, Math.min(length, source.length - column + 1, MAX_LINE - column)));
      out.push(`  ${' '.repeat(width)} | ${' '.repeat(indent)}${marks}`);
    }
  }
  return out.join('\n');
}

/** The place `offset`..`end` of a text as errors carry it, with its frame. */
export function locationAt(file: string, text: string, offset: number, end = offset + 1): SourceLocation {
  const { line, column } = lineAndColumn(text, offset);
  return { file, line, column, frame: sourceFrame(text, line, column, end - offset) };
}

function shown(source: string): string {
  const spaced = source.replaceAll('\t', TAB);
  return spaced.length > MAX_LINE ? `${spaced.slice(0, MAX_LINE - 1)}…` : spaced;
}
