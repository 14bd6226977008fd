import { tmpdir } from 'node:os';
import { z } from 'zod';
import type { Evaluation } from '../evaluation/engine-evaluation.js';
import { bytesSchema } from '../evaluation/evaluation-schema.js';
import { serveQuestions } from '../process/serve-questions.js';
import { templateFactsSchema } from '../template/engine-template.js';
import { runWizer } from './wizer-run.js';

/** Runs the native snapshot tool in a process group of its own, so that both can be killed together. */

const questionSchema = z.object({
  wizer: z.string(),
  templateKey: z.string(),
  engine: bytesSchema,
  bindings: bytesSchema,
  facts: templateFactsSchema,
  source: z.string(),
  guestPath: z.string(),
});

serveQuestions(async (question): Promise<Evaluation> => runWizer(questionSchema.parse(question), tmpdir()));
