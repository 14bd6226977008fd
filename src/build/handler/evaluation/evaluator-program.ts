import { z } from 'zod';
import { serveQuestions } from '../process/serve-questions.js';
import { templateFactsSchema } from '../template/engine-template.js';
import { compileModule } from '../wasm/wasm-api.js';
import { bytesSchema, type LoadReply } from './load-reply.js';
import { LoadingThread } from './loading-thread.js';

/** Loads handlers in a process that can be killed: the author's top-level code may never return. */

const questionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('engine'),
    templateKey: z.string(),
    engine: bytesSchema,
    bindings: bytesSchema,
    facts: templateFactsSchema,
    /** Memory of the template's component, which images are differences to. */
    base: bytesSchema,
    guestPath: z.string().optional(),
  }),
  z.object({ kind: z.literal('load'), source: z.string(), guestPath: z.string() }),
]);

let thread: LoadingThread | undefined;

serveQuestions(async (question): Promise<LoadReply | { ready: true }> => {
  const asked = questionSchema.parse(question);
  if (asked.kind === 'engine') {
    // Copies: views would keep the whole message in memory, and they need not begin at a multiple of four.
    const [bindings, base] = [asked.bindings.slice(), asked.base.slice()];
    const { templateKey, facts, guestPath } = asked;
    const module = await compileModule(asked.engine);
    // Whoever asked finds the process gone and starts another.
    const onGone = (): void => process.exit(1);
    thread = new LoadingThread({ templateKey, facts, guestPath, module, bindings, base }, onGone);
    return { ready: true };
  }
  if (thread === undefined) throw new Error('asked to load a handler before an engine was given');
  return thread.load(asked);
});
