import { z } from 'zod';
import type { HeapImage } from '../../../../runner/src/published/heap-image.js';
import type { Refusal } from './engine-evaluation.js';

/** Binary content as it comes over the channel between processes. */
export const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');

/** An image as it comes over the channel between processes. */
export const heapImageSchema: z.ZodType<HeapImage> = z.object({
  templateKey: z.string(),
  memoryPages: z.int().positive(),
  globals: z.array(z.object({ index: z.int().nonnegative(), value: z.bigint() })),
  segments: z.custom<Uint32Array>((value) => value instanceof Uint32Array, 'must be numbers'),
  bytes: bytesSchema,
});

/** Whether another process has the engine it was told of; not, when that is not where it was said to be. */
export const engineReplySchema = z.object({ ready: z.boolean() });

export type EngineReply = z.infer<typeof engineReplySchema>;

/** What comes of loading a handler in another process. */
export type LoadReply = { readonly image: HeapImage } | { readonly refusal: Refusal };

/** A {@link LoadReply} as it comes over the channel. */
export const loadReplySchema: z.ZodType<LoadReply> = z.union([
  z.object({ image: heapImageSchema }),
  z.object({
    refusal: z.object({
      printed: z.string(),
      call: z.object({ module: z.string(), name: z.string() }).optional(),
    }),
  }),
]);
