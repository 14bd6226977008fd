import { z } from 'zod';
import { textOf } from '../../../core/errors/alga-error.js';
import { serveQuestions } from '../process/serve-questions.js';
import { UnsuitableEngine } from './engine-shape.js';
import { buildTemplate } from './template-build.js';
import type { TemplateReply } from './template-builder.js';

/** Makes templates in a process of its own: it needs hundreds of megabytes that are freed by ending it. */

const questionSchema = z.object({
  key: z.string(),
  subject: z.object({
    wit: z.string(),
    world: z.string(),
    features: z.array(z.enum(['stdio', 'random', 'clocks', 'http', 'fetch-event'])),
  }),
  tools: z.object({
    componentizer: z.string(),
    componentizerVersion: z.string(),
    transpilerVersion: z.string(),
    engine: z.string(),
    engineHash: z.string(),
  }),
});

serveQuestions(async (question): Promise<TemplateReply> => {
  const { key, subject, tools } = questionSchema.parse(question);
  try {
    return { template: await buildTemplate(key, subject, tools) };
  } catch (error) {
    // Errors of the interface definition carry a payload, errors of the engine's shape are ours.
    const refusedWit = !(error instanceof UnsuitableEngine) && error instanceof Error && 'payload' in error;
    return { failure: textOf(error), refusedWit };
  }
});
