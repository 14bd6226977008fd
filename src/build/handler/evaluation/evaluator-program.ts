import { z } from 'zod';
import { serveQuestions } from '../process/serve-questions.js';
import { templateFactsSchema } from '../template/engine-template.js';
import { compileModule } from '../wasm/wasm-api.js';
import { type CompiledEngine, evaluateHandler } from './engine-evaluation.js';
import { imageOf } from './engine-state.js';
import { bytesSchema, type LoadReply } from './load-reply.js';
import { Rehearsal } from './rehearsal.js';

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
  }),
  z.object({ kind: z.literal('load'), source: z.string(), guestPath: z.string() }),
]);

interface Stage {
  readonly engine: CompiledEngine;
  readonly templateKey: string;
  readonly base: Uint8Array;
  readonly rehearsal: Rehearsal;
}

let stage: Stage | undefined;

serveQuestions(async (question): Promise<LoadReply | { ready: true }> => {
  const asked = questionSchema.parse(question);
  if (asked.kind === 'engine') {
    // Copies: views would keep the whole message in memory, and they need not begin at a multiple of four.
    const [bindings, base] = [asked.bindings.slice(), asked.base.slice()];
    const { templateKey, facts } = asked;
    const engine = { bindings, facts, module: await compileModule(asked.engine) };
    stage = { engine, templateKey, base, rehearsal: new Rehearsal(engine) };
    stage.rehearsal.schedule();
    return { ready: true };
  }
  if (stage === undefined) throw new Error('asked to load a handler before an engine was given');
  return load(stage, asked.source, asked.guestPath);
});

function load(stage: Stage, source: string, guestPath: string): LoadReply {
  const { engine, templateKey, base, rehearsal } = stage;
  rehearsal.interrupt();
  const evaluation = evaluateHandler(engine, Buffer.from(source, 'utf8'), guestPath);
  rehearsal.schedule();
  // Every evaluation leaves a memory of 10 MB; V8 would keep dozens before it looks.
  setImmediate(() => globalThis.gc?.());
  return 'refusal' in evaluation ? evaluation : { image: imageOf(evaluation.state, templateKey, base) };
}
