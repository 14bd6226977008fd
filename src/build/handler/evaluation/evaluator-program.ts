import { z } from 'zod';
import { serveQuestions } from '../process/serve-questions.js';
import { baseOf } from '../template/base-memory.js';
import { templateFactsSchema } from '../template/engine-template.js';
import { readTemplate } from '../template/template-files.js';
import { compileModule } from '../wasm/wasm-api.js';
import { bytesSchema, type EngineReply, type LoadReply } from './load-reply.js';
import { LoadingThread } from './loading-thread.js';

/** Loads handlers in a process that can be killed: the author's top-level code may never return. */

const identity = { templateKey: z.string(), guestPath: z.string().optional() };

const questionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('engine'),
    ...identity,
    engine: bytesSchema,
    bindings: bytesSchema,
    facts: templateFactsSchema,
    /** Memory of the template's component, which images are differences to. */
    base: bytesSchema,
  }),
  z.object({ kind: z.literal('kept-engine'), ...identity, dir: z.string() }),
  z.object({ kind: z.literal('load'), source: z.string(), guestPath: z.string() }),
]);

type EngineQuestion = Extract<z.infer<typeof questionSchema>, { kind: 'engine' }>;
type KeptQuestion = Extract<z.infer<typeof questionSchema>, { kind: 'kept-engine' }>;

let thread: LoadingThread | undefined;

async function open({ engine, ...asked }: Omit<EngineQuestion, 'kind'>): Promise<EngineReply> {
  // Copies: views would keep the whole message in memory, and they need not begin at a multiple of four.
  const [bindings, base] = [asked.bindings.slice(), asked.base.slice()];
  const { templateKey, facts, guestPath } = asked;
  const module = await compileModule(engine);
  // Whoever asked finds the process gone and starts another.
  const onGone = (): void => process.exit(1);
  thread = new LoadingThread({ templateKey, facts, guestPath, module, bindings, base }, onGone);
  return { ready: true };
}

async function openKept({ dir, templateKey, guestPath }: KeptQuestion): Promise<EngineReply> {
  const template = await readTemplate(dir, templateKey);
  if (template === undefined) return { ready: false };
  const { engine, bindings, facts, component } = template;
  return open({ templateKey, guestPath, engine, bindings, facts, base: baseOf(component) });
}

serveQuestions(async (question): Promise<LoadReply | EngineReply> => {
  const asked = questionSchema.parse(question);
  if (asked.kind === 'engine') return open(asked);
  if (asked.kind === 'kept-engine') return openKept(asked);
  if (thread === undefined) throw new Error('asked to load a handler before an engine was given');
  return thread.load(asked);
});
