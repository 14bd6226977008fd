import { tmpdir } from 'node:os';
import { z } from 'zod';
import { bytesSchema, type LoadReply } from '../evaluation/load-reply.js';
import { serveQuestions } from '../process/serve-questions.js';
import { templateFactsSchema } from '../template/engine-template.js';
import { runWizer } from './wizer-run.js';

/** Runs the native snapshot tool in a process group of its own, so that both can be killed together. */

const questionSchema = z.object({
  wizer: z.string(),
  template: z.object({
    key: z.string(),
    engine: bytesSchema,
    bindings: bytesSchema,
    facts: templateFactsSchema,
    base: bytesSchema,
  }),
  source: z.string(),
  guestPath: z.string(),
});

serveQuestions(async (question): Promise<LoadReply> => runWizer(questionSchema.parse(question), tmpdir()));
