import { z } from 'zod';
import { entryPath } from '../../../core/entry.js';
import { bytesSchema } from '../evaluation/load-reply.js';
import { ToolProcess } from '../process/tool-process.js';
import { TAMED_COLLECTOR } from '../process/v8-switches.js';
import type { ComponentTools } from '../tools/component-tools.js';
import { type EngineTemplate, type TemplateSubject, templateFactsSchema } from './engine-template.js';

const replySchema = z.union([
  z.object({
    template: z.object({
      key: z.string(),
      engine: bytesSchema,
      bindings: bytesSchema,
      component: bytesSchema,
      facts: templateFactsSchema,
    }),
  }),
  z.object({ failure: z.string(), refusedWit: z.boolean() }),
]);

/** A template, or why there is none; `refusedWit` when the interface definition is to blame. */
export type TemplateReply = z.infer<typeof replySchema>;

/** Makes a template in a child process. Rejects with the signal's reason. */
export async function buildTemplateAside(
  order: { key: string; subject: TemplateSubject; tools: ComponentTools },
  signal: AbortSignal,
): Promise<{ template: EngineTemplate } | { failure: string; refusedWit: boolean }> {
  const child = new ToolProcess({
    program: entryPath(import.meta.url, './template-program.js'),
    execArgv: [TAMED_COLLECTOR],
  });
  try {
    const { key, subject, tools } = order;
    const question = { key, subject: { ...subject, features: [...subject.features] }, tools: { ...tools } };
    return replySchema.parse(await child.ask(question, signal));
  } finally {
    await child.kill();
  }
}
