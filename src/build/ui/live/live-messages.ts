import { z } from 'zod';
import { uiFailureSchema } from '../failure.js';
import { uiPlaceSchema } from '../ui-question.js';

/** The first message to the program that serves a UI live. */
export const openLiveSchema = z.object({
  place: uiPlaceSchema,
  /** Path below which everything is served; begins and ends with a slash. */
  base: z.string().regex(/^\/(?:[^?#]*\/)?$/),
  /** Host names beyond the loopback ones. */
  allowedHosts: z.array(z.string()),
  /** Whether what a page will load is transformed at once. */
  warm: z.boolean(),
  /** Path of the socket to listen on: in a folder that only this user can enter. */
  socket: z.string(),
});

export type OpenLive = z.infer<typeof openLiveSchema>;

/** Every later message: load the open pages anew, or transform what a page will load. */
export const requestSchema = z.object({ type: z.enum(['refresh', 'warm-up']) });

/** What that program says. */
export const liveMessageSchema = z.discriminatedUnion('type', [
  /** The socket answers; the page is up unless a failure was told before. */
  z.object({ type: z.literal('listening') }),
  /** A hot update was sent to the pages; absolute paths. */
  z.object({ type: z.literal('update'), files: z.array(z.string()) }),
  z.object({ type: z.literal('failure'), failure: uiFailureSchema }),
  /** A page was opened, or opened anew. */
  z.object({ type: z.literal('opened') }),
  /** The code of a page has thrown, and nobody has caught it. */
  z.object({ type: z.literal('thrown'), failure: uiFailureSchema }),
  /** Nothing that was reported is wrong any more. */
  z.object({ type: z.literal('recovered') }),
]);

export type LiveMessage = z.infer<typeof liveMessageSchema>;
