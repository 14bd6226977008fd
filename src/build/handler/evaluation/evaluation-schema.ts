import { z } from 'zod';
import type { Evaluation } from './engine-evaluation.js';

/** Binary content as it comes over the channel between processes. */
export const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');

/** An evaluation as another process of ours reports it. */
export const evaluationSchema: z.ZodType<Evaluation> = z.union([
  z.object({
    image: z.object({
      templateKey: z.string(),
      memoryPages: z.int().positive(),
      globals: z.array(z.object({ index: z.int(), value: z.bigint() })),
      segments: z.custom<Uint32Array>((value) => value instanceof Uint32Array, 'must be numbers'),
      bytes: bytesSchema,
    }),
  }),
  z.object({
    refusal: z.object({
      printed: z.string(),
      call: z.object({ module: z.string(), name: z.string() }).optional(),
    }),
  }),
]);
