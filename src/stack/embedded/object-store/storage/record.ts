import { z } from 'zod';

/** What is known of a stored object besides its bytes. One file each, written in one step. */
export const objectRecordSchema = z.object({
  key: z.string(),
  /** Name part of the file with the bytes; a new one for every write. */
  version: z.string().regex(/^[0-9a-f]{24}$/),
  size: z.number().int().nonnegative(),
  /** Without quotes. */
  etag: z.string(),
  /** Milliseconds since 1970. */
  modified: z.number(),
  /** Response headers the writer set: content-type, cache-control and so on. */
  headers: z.record(z.string(), z.string()),
  /** User metadata, names without their prefix. */
  metadata: z.record(z.string(), z.string()),
});

export type ObjectRecord = z.infer<typeof objectRecordSchema>;

/** The part of a record that the writer decides. */
export type ObjectAttributes = Pick<ObjectRecord, 'headers' | 'metadata'>;

/** What is known of a multipart upload. One file each. */
export const uploadRecordSchema = z.object({
  key: z.string(),
  initiated: z.number(),
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
});

/** A multipart upload that has not been completed. */
export type UploadRecord = z.infer<typeof uploadRecordSchema>;

/** What is known of a part. One file each, beside its bytes. */
export const partRecordSchema = z.object({ size: z.number().int(), etag: z.string(), modified: z.number() });

/** A part received so far. */
export type PartRecord = z.infer<typeof partRecordSchema>;
