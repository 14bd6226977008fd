import { truncateUtf8 } from '../../net/text.js';
import type { OutputLine } from './protocol.js';

/** What one call may write in all; the rest is dropped, and one line says so. */
const MAX_LINES = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** How much of standard error is remembered to explain a failure. */
const TAIL_CHARACTERS = 16_384;

/**
 * The first lines of a call are handed on one by one: should the call be ended, none of them is lost.
 * A guest that writes more is served in batches.
 */
const LINES_AT_ONCE = 200;
const BATCH = 64;

type Level = OutputLine['level'];
type Stream = OutputLine['stream'];

/** Turns what a guest writes into lines, bounded in number and size, and hands them on at once. */
export class OutputLines {
  readonly #emit: (lines: readonly OutputLine[]) => void;
  readonly #maxLineBytes: number;
  readonly #partial = { stdout: '', stderr: '' };
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #lines = 0;
  #bytes = 0;
  #tail = '';
  #batch: OutputLine[] = [];

  constructor(maxLineBytes: number, emit: (lines: readonly OutputLine[]) => void) {
    this.#maxLineBytes = maxLineBytes;
    this.#emit = emit;
  }

  /** The end of what went to standard error. */
  get errorTail(): string {
    return this.#tail;
  }

  /** One call of the logging interface: one line, whatever is in it. */
  log(level: Level, message: string): void {
    this.#send([this.#line('log', level, message)]);
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const text = this.#decoders[stream].decode(bytes, { stream: true });
    if (stream === 'stderr') this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
    const parts = (this.#partial[stream] + text).split('\n');
    const rest = parts.pop() ?? '';
    // A guest that never ends its line gets lines of the largest size.
    const whole = rest.length > this.#maxLineBytes;
    this.#partial[stream] = whole ? '' : rest;
    this.#sendText(stream, whole ? [...parts, rest] : parts);
  }

  /** Hands on everything, also what was written without an end of line. */
  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#partial[stream];
      this.#partial[stream] = '';
      if (rest !== '') this.#sendText(stream, [rest]);
    }
    this.#handOn();
  }

  #sendText(stream: 'stdout' | 'stderr', texts: readonly string[]): void {
    const level = stream === 'stderr' ? 'error' : 'info';
    this.#send(texts.map((text) => this.#line(stream, level, text.replace(/\r$/, ''))));
  }

  #line(stream: Stream, level: Level, text: string): OutputLine {
    return { ts: Date.now(), level, stream, text: truncateUtf8(text, this.#maxLineBytes).text };
  }

  #send(lines: readonly OutputLine[]): void {
    for (const line of lines) {
      if (this.#lines > MAX_LINES || this.#bytes > MAX_BYTES) return;
      this.#lines++;
      this.#bytes += line.text.length;
      const last = this.#lines > MAX_LINES || this.#bytes > MAX_BYTES;
      this.#batch.push(
        last ? { ...line, level: 'warn', text: 'too much output; the rest is dropped' } : line,
      );
    }
    if (this.#lines <= LINES_AT_ONCE || this.#batch.length >= BATCH) this.#handOn();
  }

  #handOn(): void {
    if (this.#batch.length === 0) return;
    this.#emit(this.#batch);
    this.#batch = [];
  }
}
