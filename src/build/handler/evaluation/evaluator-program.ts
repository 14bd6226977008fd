import { z } from 'zod';
import { serveQuestions } from '../process/serve-questions.js';
import { templateFactsSchema } from '../template/engine-template.js';
import { compileModule } from '../wasm/wasm-api.js';
import { type CompiledEngine, type Evaluation, evaluateHandler } from './engine-evaluation.js';
import { bytesSchema } from './evaluation-schema.js';

/** Loads handlers in a process that can be killed: the author's top-level code may never return. */

const questionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('engine'),
    templateKey: z.string(),
    engine: bytesSchema,
    bindings: bytesSchema,
    facts: templateFactsSchema,
  }),
  z.object({ kind: z.literal('evaluate'), source: z.string(), guestPath: z.string() }),
]);

let engine: CompiledEngine | undefined;

serveQuestions(async (question): Promise<Evaluation | { ready: true }> => {
  const asked = questionSchema.parse(question);
  if (asked.kind === 'engine') {
    const { templateKey, bindings, facts } = asked;
    engine = { templateKey, bindings, facts, module: await compileModule(asked.engine) };
    return { ready: true };
  }
  if (engine === undefined) throw new Error('asked to evaluate before an engine was given');
  const evaluation = evaluateHandler(engine, Buffer.from(asked.source, 'utf8'), asked.guestPath);
  // Every evaluation leaves a memory of 10 MB; V8 would keep dozens before it looks.
  setImmediate(() => globalThis.gc?.());
  return evaluation;
});
