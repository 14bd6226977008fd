import { z } from 'zod';
import { bytesSchema, heapImageSchema } from '../../build/handler/evaluation/load-reply.js';
import type { ErrorReport } from '../../core/errors/alga-error.js';

/** Bytes, or the file that holds them. */
const contentSchema = z.union([z.object({ file: z.string() }), z.object({ bytes: bytesSchema })]);

const handlerSchema = z.union([
  z.object({ kind: z.literal('component'), bytes: bytesSchema }),
  z.object({
    kind: z.literal('image'),
    image: heapImageSchema,
  }),
]);

const orderSchema = z.object({
  job: z.object({
    manifestText: z.string(),
    handler: handlerSchema.optional(),
    uiDir: z.string().optional(),
  }),
  template: z.object({ key: z.string(), content: contentSchema }).optional(),
  /** Folder for the archive; with it the answer comes as soon as that lies there. */
  archiveFolder: z.string().optional(),
});

/**
 * What the packing program is asked: a bundle, and with it the template of its image when that is new to it; or
 * the rest of the one whose archive it has answered with.
 */
export const packQuestionSchema = z.union([orderSchema, z.literal('rest')]);

export type PackOrder = z.infer<typeof orderSchema>;

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
  /** The archive lies in the folder as `<name>.tar` and is being compressed. */
  z.object({ kind: z.literal('archived'), name: z.string() }),
  z.object({ kind: z.literal('template-missing'), templateKey: z.string() }),
  z.object({
    kind: z.literal('failed'),
    error: z.custom<ErrorReport>((value) => typeof value === 'object' && value !== null && 'code' in value),
  }),
]);

export type PackReply = z.infer<typeof packReplySchema>;
