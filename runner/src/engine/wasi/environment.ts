import { randomBytes } from 'node:crypto';
import { trap } from '../component/fault.js';
import { InputStream, OutputStream, Pollable } from './streams.js';
import type { WasiFunctions } from './wasi-host.js';

const MAX_RANDOM = 16 * 1024 * 1024;
const NANOSECONDS_PER_MS = 1_000_000n;

function monotonic(): bigint {
  return process.hrtime.bigint();
}

/** A pollable that is ready some nanoseconds from now. */
function after(nanoseconds: bigint): Pollable {
  return new Pollable(performance.now() + Number(nanoseconds) / 1e6);
}

function wallClock(): { seconds: bigint; nanoseconds: number } {
  const now = Date.now();
  return { seconds: BigInt(Math.floor(now / 1000)), nanoseconds: (now % 1000) * 1_000_000 };
}

function random(length: unknown): Uint8Array {
  if ((length as bigint) > MAX_RANDOM) throw trap('asking for too many random bytes');
  return new Uint8Array(randomBytes(Number(length)));
}

function random64(): bigint {
  return randomBytes(8).readBigUInt64LE();
}

function exit(status: string): never {
  throw trap(`the component ended itself with status ${status}`);
}

/**
 * Clocks, randomness and the command-line world: no arguments, no variables, no directory, no terminal,
 * nothing on standard input.
 */
export const ENVIRONMENT_FUNCTIONS: WasiFunctions = [
  ['wasi:clocks/monotonic-clock#now', monotonic],
  ['wasi:clocks/monotonic-clock#resolution', () => 1000n],
  ['wasi:clocks/monotonic-clock#subscribe-instant', (_, [when]) => after((when as bigint) - monotonic())],
  ['wasi:clocks/monotonic-clock#subscribe-duration', (_, [length]) => after(length as bigint)],
  ['wasi:clocks/wall-clock#now', wallClock],
  ['wasi:clocks/wall-clock#resolution', () => ({ seconds: 0n, nanoseconds: Number(NANOSECONDS_PER_MS) })],
  ['wasi:random/random#get-random-bytes', (_, [length]) => random(length)],
  ['wasi:random/random#get-random-u64', random64],
  ['wasi:random/insecure#get-insecure-random-bytes', (_, [length]) => random(length)],
  ['wasi:random/insecure#get-insecure-random-u64', random64],
  ['wasi:random/insecure-seed#insecure-seed', () => [random64(), random64()]],
  ['wasi:cli/environment#get-environment', () => []],
  ['wasi:cli/environment#get-arguments', () => []],
  ['wasi:cli/environment#initial-cwd', () => undefined],
  ['wasi:cli/exit#exit', (_, [status]) => exit((status as { tag: string }).tag)],
  ['wasi:cli/exit#exit-with-code', (_, [code]) => exit(String(code))],
  ['wasi:cli/stdin#get-stdin', () => new InputStream(new Uint8Array(0))],
  ['wasi:cli/stdout#get-stdout', () => new OutputStream((host, bytes) => host.write('stdout', bytes))],
  ['wasi:cli/stderr#get-stderr', () => new OutputStream((host, bytes) => host.write('stderr', bytes))],
  ['wasi:cli/terminal-stdin#get-terminal-stdin', () => undefined],
  ['wasi:cli/terminal-stdout#get-terminal-stdout', () => undefined],
  ['wasi:cli/terminal-stderr#get-terminal-stderr', () => undefined],
  ['wasi:filesystem/preopens#get-directories', () => []],
  ['wasi:filesystem/types#filesystem-error-code', () => undefined],
];
