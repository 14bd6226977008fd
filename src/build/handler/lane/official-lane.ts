import { withDeadline } from '../../../core/deadline.js';
import { entryPath } from '../../../core/entry.js';
import { evaluationFailure } from '../evaluation/evaluation-failure.js';
import { officialReplySchema } from '../official/official-reply.js';
import { SerialProcess } from '../process/serial-process.js';
import { TAMED_COLLECTOR } from '../process/v8-switches.js';
import { RefusedWit } from '../template/template-provider.js';
import { disabledFeaturesOf } from '../wit/engine-features.js';
import { WORLD } from '../wit/interface-definition.js';
import type { ComponentLane, LaneJob, LaneResult } from './component-lane.js';
import { loadingDeadline } from './time-limit.js';

/** The first build on a machine compiles the engine; a busy machine takes half a minute. */
const LOADING = loadingDeadline(90_000);

/** Lets the official tools do everything: some seconds, and the bytes differ from build to build. */
export class OfficialLane implements ComponentLane {
  readonly name = 'official';
  readonly #process = new SerialProcess({
    program: entryPath(import.meta.url, '../official/official-program.js'),
    execArgv: [TAMED_COLLECTOR],
    scratch: true,
  });

  async build(job: LaneJob, signal: AbortSignal): Promise<LaneResult> {
    const { bundle, definition, features } = job;
    const { code: source, guestPath } = bundle;
    const disabledFeatures = disabledFeaturesOf(features);
    const question = { source, guestPath, wit: definition.text, world: WORLD, disabledFeatures };
    const reply = officialReplySchema.parse(
      await withDeadline(LOADING, signal, (limited) => this.#process.ask(question, limited)),
    );
    if ('component' in reply) return { component: reply.component };
    if (reply.refusedWit) throw new RefusedWit(reply.failure);
    throw evaluationFailure({ printed: reply.failure }, bundle);
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
