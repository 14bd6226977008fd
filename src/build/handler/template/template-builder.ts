import { z } from 'zod';
import { entryPath } from '../../../core/entry.js';
import { ToolProcess } from '../process/tool-process.js';
import { TAMED_COLLECTOR } from '../process/v8-switches.js';
import type { ComponentTools } from '../tools/component-tools.js';
import type { TemplateSubject } from './engine-template.js';

const replySchema = z.union([
  z.object({ done: z.literal(true) }),
  z.object({ failure: z.string(), refusedWit: z.boolean() }),
]);

/** Done, or why not; `refusedWit` when the interface definition is to blame. */
export type TemplateReply = z.infer<typeof replySchema>;

/** Makes a template in a child process and leaves its files in `dir`. Rejects with the signal's reason. */
export async function buildTemplateFiles(
  order: { key: string; dir: string; subject: TemplateSubject; tools: ComponentTools },
  signal: AbortSignal,
): Promise<TemplateReply> {
  const child = new ToolProcess({
    program: entryPath(import.meta.url, './template-program.js'),
    execArgv: [TAMED_COLLECTOR],
  });
  try {
    const { key, dir, subject, tools } = order;
    const question = {
      key,
      dir,
      subject: { ...subject, features: [...subject.features] },
      tools: { ...tools },
    };
    return replySchema.parse(await child.ask(question, signal));
  } finally {
    await child.kill();
  }
}
