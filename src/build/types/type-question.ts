import { z } from 'zod';

export const typeQuestionSchema = z.object({
  projectRoot: z.string(),
  /** Text of the declarations of `alga:extension/*`, for projects that have none. */
  ambient: z.string(),
});

export type TypeQuestion = z.infer<typeof typeQuestionSchema>;

const typeFaultSchema = z.object({
  kind: z.enum(['mismatch', 'config']),
  /** TypeScript's own number of the error. */
  number: z.number(),
  text: z.string(),
  /** Relative to the project with forward slashes. */
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  frame: z.string().optional(),
});

export type TypeFault = z.infer<typeof typeFaultSchema>;

export const typeReplySchema = z.object({ faults: z.array(typeFaultSchema) });

export type TypeReply = z.infer<typeof typeReplySchema>;
