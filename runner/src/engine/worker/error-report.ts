import { readFileSync } from 'node:fs';
import { SourceMap } from '../source-map.js';

/** An exception the guest did not catch, as its own runtime wrote it to standard error. */
export interface GuestError {
  /** One line. */
  readonly message: string;
  /** One call per line, places mapped to the author's files where a source map was found. */
  readonly stack: string | undefined;
}

interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Lines the runtimes add on their way out. */
const NOISE = /^(Redirecting call to abort|unreachable executed at adapter|note: run with `RUST_BACKTRACE)/;
const FRAME = /^\s*(?<name>\S*)@(?<file>\S+):(?<line>\d+):(?<column>\d+)$/;
/** The generated file between handler and host in components made from JavaScript. */
const BINDINGS = /\/initializer\.js$/;
/** Since Rust 1.73 the message is on the line after the place; before, both were on one. */
const RUST_PANIC = /^thread .* panicked at (?:'(?<message>.*)', )?(?<place>[^' ]+:\d+:\d+):?$/;
const GO_PANIC = /^(panic|fatal error): (?<message>.+)$/;
const MAX_FRAMES = 50;

/** Reads what a guest's runtime says about the exception that ended it. */
export class ErrorReport {
  /** By path; one map per component, so few at a time. */
  readonly #maps = new Map<string, SourceMap | undefined>();

  /** `text` is the end of standard error. `undefined` when it says nothing of an exception. */
  read(text: string, sourceMapFile: string | undefined): GuestError | undefined {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return rustPanic(lines) ?? goPanic(lines) ?? this.#javaScript(lines, sourceMapFile);
  }

  #javaScript(lines: readonly string[], sourceMapFile: string | undefined): GuestError | undefined {
    if (!lines.some((line) => NOISE.test(line))) return undefined;
    const said = lines.filter((line) => !NOISE.test(line));
    const at = said.lastIndexOf('Stack:');
    if (at < 0) {
      const last = said.at(-1);
      return last === undefined ? undefined : { message: `uncaught: ${last}`, stack: undefined };
    }
    const text = said[at - 1] ?? 'unknown';
    const frames = said.slice(at + 1).flatMap(parseFrame);
    const own = frames.filter((frame) => !BINDINGS.test(frame.file));
    const [first] = own;
    if (first === undefined && frames[0]?.name.startsWith('export_') === true) {
      return { message: `the handler gave back something that is no response: ${text}`, stack: undefined };
    }
    const map = this.#map(sourceMapFile);
    const places = own.slice(0, MAX_FRAMES).map((frame) => placeOf(frame, map));
    const where = places[0] === undefined ? '' : ` (${places[0].place})`;
    const stack = places.map(({ name, place }) => `    at ${name === '' ? place : `${name} (${place})`}`);
    return {
      message: `uncaught exception: ${text}${where}`,
      stack: stack.length === 0 ? undefined : stack.join('\n'),
    };
  }

  /** A map that cannot be read is as good as none: the stack is then shown as it is. */
  #map(file: string | undefined): SourceMap | undefined {
    if (file === undefined) return undefined;
    if (!this.#maps.has(file)) {
      this.#maps.clear();
      this.#maps.set(file, readMap(file));
    }
    return this.#maps.get(file);
  }
}

function readMap(file: string): SourceMap | undefined {
  try {
    return SourceMap.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function parseFrame(line: string): Frame[] {
  const groups = FRAME.exec(line)?.groups;
  if (groups === undefined) return [];
  const { name = '', file = '', line: row = '', column = '' } = groups;
  return [{ name: name.replace(/^async\*/, 'async '), file, line: Number(row), column: Number(column) }];
}

function placeOf(frame: Frame, map: SourceMap | undefined): { name: string; place: string } {
  const found = map?.lookup(frame.line, frame.column);
  const { file, line, column } = found ?? frame;
  return { name: frame.name, place: `${file}:${line}:${column}` };
}

function rustPanic(lines: readonly string[]): GuestError | undefined {
  const at = lines.findLastIndex((line) => RUST_PANIC.test(line));
  const groups = RUST_PANIC.exec(lines[at] ?? '')?.groups;
  if (groups === undefined) return undefined;
  const message = groups.message ?? lines[at + 1] ?? 'without a message';
  return { message: `panicked: ${message} (${groups.place})`, stack: undefined };
}

function goPanic(lines: readonly string[]): GuestError | undefined {
  const at = lines.findLastIndex((line) => GO_PANIC.test(line));
  const message = GO_PANIC.exec(lines[at] ?? '')?.groups?.message;
  if (message === undefined) return undefined;
  const stack = lines.slice(at + 1, at + 1 + MAX_FRAMES).join('\n');
  return { message: `panicked: ${message}`, stack: stack === '' ? undefined : stack };
}
