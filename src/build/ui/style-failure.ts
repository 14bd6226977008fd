import { z } from 'zod';
import { sourceText } from '../source-text.js';
import type { UiFailure } from './failure.js';

const minifyErrorSchema = z.object({
  errors: z.tuple([
    z.object({
      plugin: z.literal('vite:css-post'),
      loc: z.object({ line: z.number() }),
      frame: z.string(),
    }),
  ]),
});

const STYLE = /\.(?:css|pcss|s[ac]ss|less|styl)$/;

/**
 * Finds the source of an error of the style minifier: it speaks of the joined style sheet, so the marked line
 * is looked for in the style sheets it was joined from. Gives the failure unchanged when it is none.
 */
export function withStyleSource(failure: UiFailure, thrown: unknown, files: Iterable<string>): UiFailure {
  const parsed = minifyErrorSchema.safeParse(thrown);
  if (!parsed.success) return failure;
  const [{ loc, frame }] = parsed.data.errors;
  const marked = new RegExp(`^\\s*${loc.line} \\|(.*)$`, 'm').exec(frame)?.[1]?.trim();
  if (marked === undefined || marked === '') return failure;
  for (const file of files) {
    if (!STYLE.test(file) || !sourceText(file)?.includes(marked)) continue;
    return { kind: 'syntax', text: failure.text, file, needle: marked };
  }
  return failure;
}
