import type { Readable, Writable } from 'node:stream';
import type { z } from 'zod';

const MAX_LINE_BYTES = 64 * 1024;

/**
 * Reads one JSON message a line and hands on those that fit the schema. `onBad` is called for the
 * first line that does not (or is too long); nothing is read after it.
 */
export function readMessages<T>(
  input: Readable,
  schema: z.ZodType<T>,
  onMessage: (message: T) => void,
  onBad: () => void,
): void {
  let rest = '';
  let ended = false;
  input.setEncoding('utf8');
  input.on('data', (chunk: string) => {
    if (ended) return;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parse(line, schema);
      if (message === undefined || ended) {
        ended = true;
        onBad();
        return;
      }
      onMessage(message);
    }
    if (rest.length > MAX_LINE_BYTES) {
      ended = true;
      onBad();
    }
  });
}

/** Writes a message, unless the other side is gone. */
export function writeMessage(output: Writable, message: unknown): void {
  if (output.writable) output.write(`${JSON.stringify(message)}\n`);
}

function parse<T>(line: string, schema: z.ZodType<T>): T | undefined {
  if (line.length > MAX_LINE_BYTES) return undefined;
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
