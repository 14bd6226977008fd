import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { withDeadline } from '../../../core/deadline.js';
import { entryPath } from '../../../core/entry.js';
import { evaluationFailure } from '../evaluation/evaluation-failure.js';
import { loadReplySchema } from '../evaluation/load-reply.js';
import { SerialProcess } from '../process/serial-process.js';
import { baseOf } from '../template/base-memory.js';
import type { TemplateProvider } from '../template/template-provider.js';
import { type ComponentTools, packageFolder } from '../tools/component-tools.js';
import type { ComponentLane, LaneJob, LaneResult } from './component-lane.js';
import { templateSubject } from './template-subject.js';
import { loadingDeadline } from './time-limit.js';

/** Compiling the engine, which the native tool does once for a machine, takes up to a quarter of a minute. */
const LOADING = loadingDeadline(60_000);

/** Loads the handler with the native snapshot tool and takes over the state: about a third of a second. */
export class GraftLane implements ComponentLane {
  readonly name = 'graft';
  readonly #templates: TemplateProvider;
  readonly #process = new SerialProcess({
    program: entryPath(import.meta.url, '../graft/graft-program.js'),
    execArgv: [],
    scratch: true,
  });

  constructor(templates: TemplateProvider) {
    this.#templates = templates;
  }

  async build(job: LaneJob, signal: AbortSignal): Promise<LaneResult> {
    const [template, wizer] = await Promise.all([
      this.#templates.get(templateSubject(job), job.tools),
      findWizer(job.tools),
    ]);
    signal.throwIfAborted();
    const { component, ...others } = template;
    const parts = { ...others, base: baseOf(component) };
    const { code: source, guestPath } = job.bundle;
    const order = { wizer, template: parts, source, guestPath };
    const reply = await withDeadline(LOADING, signal, (limited) => this.#process.ask(order, limited));
    const evaluation = loadReplySchema.parse(reply);
    if ('refusal' in evaluation) throw evaluationFailure(evaluation.refusal, job.bundle);
    return { image: evaluation.image, template };
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

/** Absolute path of the native tool that came with the componentizer for this platform. */
async function findWizer(tools: ComponentTools): Promise<string> {
  const folder = await packageFolder('@bytecodealliance/wizer', join(tools.componentizer, 'package.json'));
  const loaded: unknown = await import(pathToFileURL(join(folder, 'index.js')).href);
  return z.object({ default: z.string() }).parse(loaded).default;
}
