import { describe, expect, test } from 'vitest';
import { OutputLines } from './output-lines.js';
import type { OutputLine } from './protocol.js';

function collect(maxLineBytes = 100): { output: OutputLines; lines: OutputLine[]; batches: number[] } {
  const lines: OutputLine[] = [];
  const batches: number[] = [];
  const output = new OutputLines(maxLineBytes, (batch) => {
    batches.push(batch.length);
    lines.push(...batch);
  });
  return { output, lines, batches };
}

const texts = (lines: readonly OutputLine[]): string[] => lines.map((line) => `${line.stream}:${line.text}`);

describe('output of a guest', () => {
  test('becomes lines, however it was cut into writes', () => {
    const { output, lines } = collect();
    output.write('stdout', Buffer.from('one\ntw'));
    output.write('stderr', Buffer.from('err\r\n'));
    output.write('stdout', Buffer.from('o\n\nrest'));
    expect(texts(lines)).toEqual(['stdout:one', 'stderr:err', 'stdout:two', 'stdout:']);
    output.flush();
    expect(texts(lines).at(-1)).toBe('stdout:rest');
    expect(output.errorTail).toBe('err\r\n');
  });

  test('keeps characters whole that are split between writes', () => {
    const { output, lines } = collect();
    const bytes = Buffer.from('ä😀\n');
    for (const byte of bytes) output.write('stdout', Uint8Array.of(byte));
    expect(texts(lines)).toEqual(['stdout:ä😀']);
  });

  test('that never ends a line is cut into lines', () => {
    const { output, lines } = collect(10);
    output.write('stdout', Buffer.from('x'.repeat(25)));
    expect(texts(lines)).toEqual([`stdout:${'x'.repeat(10)}`]);
  });

  test('is handed on line by line at first, in batches later, and ends with a note', () => {
    const { output, lines, batches } = collect();
    for (let i = 0; i < 12_000; i++) output.log('info', String(i));
    output.flush();
    expect(batches.slice(0, 200).every((size) => size === 1)).toBe(true);
    expect(Math.max(...batches)).toBe(64);
    expect(lines).toHaveLength(10_001);
    expect(lines[9_999]?.text).toBe('9999');
    expect(lines.at(-1)).toMatchObject({ level: 'warn', text: 'too much output; the rest is dropped' });
  });
});
