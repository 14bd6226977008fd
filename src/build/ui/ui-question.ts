import { z } from 'zod';
import type { UiShape } from '../../project/types.js';
import { uiFailureSchema } from './failure.js';

/** What the programs of this room need to know of a UI. */
export const uiPlaceSchema = z.object({
  projectRoot: z.string(),
  /** Absolute path of the folder with `index.html`. */
  root: z.string(),
  kind: z.enum(['static', 'vite', 'prebuilt']),
  /** False when the folder is the output of a build that we run: who runs it knows when it is done. */
  watched: z.boolean(),
  viteConfig: z.string().optional(),
  replacements: z.array(
    z.object({ kind: z.enum(['script', 'style']), url: z.string(), source: z.string().optional() }),
  ),
});

export type UiPlace = z.infer<typeof uiPlaceSchema>;

/** What the process that builds UIs is asked. */
export const buildQuestionSchema = z.object({ place: uiPlaceSchema, outDir: z.string() });

export type BuildQuestion = z.infer<typeof buildQuestionSchema>;

/** What it answers: the files that the build read, or why there is none. */
export const buildReplySchema = z.union([
  z.object({ ok: z.literal(true), inputs: z.array(z.string()) }),
  z.object({ ok: z.literal(false), failure: uiFailureSchema }),
]);

export type BuildReply = z.infer<typeof buildReplySchema>;

/** What the processes of a UI need to know of its shape. */
export function placeOf(projectRoot: string, ui: UiShape): UiPlace {
  return {
    projectRoot,
    root: ui.root,
    kind: ui.kind,
    watched: ui.build === undefined,
    ...(ui.viteConfig === undefined ? {} : { viteConfig: ui.viteConfig }),
    replacements: (ui.replacements ?? []).map(({ kind, url, source }) => ({
      kind,
      url,
      ...(source === undefined ? {} : { source }),
    })),
  };
}
