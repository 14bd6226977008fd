import { evaluationFailure } from '../evaluation/evaluation-failure.js';
import { Evaluator } from '../evaluation/evaluator.js';
import type { EngineTemplate } from '../template/engine-template.js';
import type { TemplateProvider } from '../template/template-provider.js';
import type { ComponentLane, LaneJob, LaneResult } from './component-lane.js';
import { templateSubject } from './template-subject.js';

/** Engines kept warm; more than one is only needed when projects differ in their interface definitions. */
const WARM_ENGINES = 2;

/** Loads the handler in an engine that runs in V8, and takes a picture of its memory: some tens of milliseconds. */
export class SnapshotLane implements ComponentLane {
  readonly name = 'snapshot';
  readonly #templates: TemplateProvider;
  /** By template key, the most recently used last. */
  readonly #evaluators = new Map<string, Evaluator>();

  constructor(templates: TemplateProvider) {
    this.#templates = templates;
  }

  async build(job: LaneJob, signal: AbortSignal): Promise<LaneResult> {
    const template = await this.#templates.get(templateSubject(job), job.tools);
    signal.throwIfAborted();
    const evaluator = this.#evaluatorFor(template);
    const evaluation = await evaluator.evaluate(job.bundle.code, job.bundle.guestPath, signal);
    if ('refusal' in evaluation) throw evaluationFailure(evaluation.refusal, job.bundle);
    return { image: evaluation.image, template };
  }

  /** Starts the process that loads handlers with a template, before there is one to load. */
  warmUp(template: EngineTemplate, guestPath: string): void {
    this.#evaluatorFor(template).warmUp(guestPath);
  }

  async stop(): Promise<void> {
    const evaluators = [...this.#evaluators.values()];
    this.#evaluators.clear();
    await Promise.all(evaluators.map((evaluator) => evaluator.stop()));
  }

  #evaluatorFor(template: EngineTemplate): Evaluator {
    const evaluator = this.#evaluators.get(template.key) ?? new Evaluator(template);
    this.#evaluators.delete(template.key);
    this.#evaluators.set(template.key, evaluator);
    for (const [key, oldest] of this.#evaluators) {
      if (this.#evaluators.size <= WARM_ENGINES) break;
      this.#evaluators.delete(key);
      void oldest.stop();
    }
    return evaluator;
  }
}
