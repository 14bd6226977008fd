import { z } from 'zod';

/** What the process that checks types is asked. */
export const typeQuestionSchema = z.object({
  projectRoot: z.string(),
  /** Text of the declarations of `alga:extension/*`, for projects that have none. */
  ambient: z.string(),
  /** Files that may have changed since the last answer, relative to the project; undefined: any. */
  changed: z.array(z.string()).optional(),
});

export type TypeQuestion = z.infer<typeof typeQuestionSchema>;

const typeFaultSchema = z.object({
  kind: z.enum(['mismatch', 'config', 'unavailable']),
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

/** What it answers. */
export const typeReplySchema = z.object({ faults: z.array(typeFaultSchema) });

export type TypeReply = z.infer<typeof typeReplySchema>;

/** A project whose types are checked again and again. */
export interface CheckedProject {
  /** All that is wrong now, when only `changed` may be other than at the last check. */
  check(changed: readonly string[] | undefined, signal: AbortSignal): Promise<TypeFault[]>;
}

/** At most this many faults are told of one check. */
export const MAX_FAULTS = 50;

/** Whether a file is a module by its name: TypeScript or JavaScript. */
export function isModule(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file);
}
