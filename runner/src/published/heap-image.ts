import { z } from 'zod';

/** One mutable global of the engine after evaluation. */
export interface GlobalValue {
  /** Index among the engine's own globals. */
  readonly index: number;
  readonly value: bigint;
}

/**
 * An engine that has just loaded a handler, as what differs from the same engine with an empty handler, which is
 * the component of the template named by `templateKey`. Memory and mutable globals are the whole state: written
 * over that component's memory they can be run, or made into a component.
 */
export interface HeapImage {
  readonly templateKey: string;
  /** Size of the linear memory in pages of 64 KiB. */
  readonly memoryPages: number;
  readonly globals: readonly GlobalValue[];
  /** Offset in memory and length of each piece, alternating, ascending. Everything between is as it was. */
  readonly segments: Uint32Array;
  /** The pieces one after the other. */
  readonly bytes: Uint8Array;
}

/** File name ending of images in the live folder; the components they are differences to end in `.wasm`. */
export const IMAGE_ENDING = '.image';

const headSchema = z.object({
  templateKey: z.string(),
  memoryPages: z.int().positive(),
  globals: z.array(z.object({ index: z.int().nonnegative(), value: z.string() })),
  segments: z.int().nonnegative(),
});

const LENGTH_BYTES = 4;

/** An image as parts of a file: length of the head, head (JSON), segments (u32, little endian), bytes. */
export function encodeImage(image: HeapImage): Uint8Array[] {
  const head = Buffer.from(
    JSON.stringify({
      templateKey: image.templateKey,
      memoryPages: image.memoryPages,
      globals: image.globals.map(({ index, value }) => ({ index, value: value.toString() })),
      segments: image.segments.length,
    }),
  );
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  const segments = Buffer.alloc(4 * image.segments.length);
  for (const [index, value] of image.segments.entries()) segments.writeUInt32LE(value, 4 * index);
  return [length, head, segments, image.bytes];
}

/** Reads what {@link encodeImage} wrote; undefined when it is something else. */
export function decodeImage(file: Uint8Array): HeapImage | undefined {
  const data = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (data.length < LENGTH_BYTES) return undefined;
  const headEnd = LENGTH_BYTES + data.readUInt32LE(0);
  const head = headSchema.safeParse(parsed(data.subarray(LENGTH_BYTES, headEnd).toString('utf8')));
  if (!head.success) return undefined;
  const { segments: count, globals, ...rest } = head.data;
  const bytesStart = headEnd + 4 * count;
  if (bytesStart > data.length) return undefined;
  const segments = new Uint32Array(count);
  for (let index = 0; index < count; index++) segments[index] = data.readUInt32LE(headEnd + 4 * index);
  return {
    ...rest,
    globals: globals.map(({ index, value }) => ({ index, value: BigInt(value) })),
    segments,
    bytes: file.subarray(bytesStart),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
