import { z } from 'zod';
import { bytesSchema, heapImageSchema } from '../../build/handler/evaluation/load-reply.js';
import type { ErrorReport } from '../../core/errors/alga-error.js';
import type { PackJob } from './pack-job.js';

/** Bytes, or the file that holds them. */
const contentSchema = z.union([z.object({ file: z.string() }), z.object({ bytes: bytesSchema })]);

const handlerSchema = z.union([
  z.object({ kind: z.literal('component'), bytes: bytesSchema }),
  z.object({
    kind: z.literal('image'),
    image: heapImageSchema,
  }),
]);

/** What the packing program is asked: a bundle, and with it the template of its image when that is new to it. */
export const packQuestionSchema = z.object({
  job: z.object({
    manifestText: z.string(),
    handler: handlerSchema.optional(),
    uiDir: z.string().optional(),
  }),
  template: z.object({ key: z.string(), content: contentSchema }).optional(),
});

export interface PackQuestion extends Pick<z.infer<typeof packQuestionSchema>, 'template'> {
  readonly job: PackJob;
}

/** What it answers. */
export const packReplySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('packed'),
    bundle: contentSchema,
    /** SHA-256 of the bundle, in hex. */
    hash: z.string(),
    pageEtag: z.string().optional(),
    sourceKey: z.string(),
  }),
  z.object({ kind: z.literal('template-missing'), templateKey: z.string() }),
  z.object({
    kind: z.literal('failed'),
    error: z.custom<ErrorReport>((value) => typeof value === 'object' && value !== null && 'code' in value),
  }),
]);

export type PackReply = z.infer<typeof packReplySchema>;
