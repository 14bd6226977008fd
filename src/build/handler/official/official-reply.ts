import { z } from 'zod';
import { bytesSchema } from '../evaluation/load-reply.js';

/** A component, or the text with which the official tools refused the source or the interface definition. */
export const officialReplySchema = z.union([
  z.object({ component: bytesSchema }),
  z.object({ failure: z.string(), refusedWit: z.boolean() }),
]);

export type OfficialReply = z.infer<typeof officialReplySchema>;
