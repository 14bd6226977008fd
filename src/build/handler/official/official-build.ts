import { z } from 'zod';
import { entryPath } from '../../../core/entry.js';
import type { HandlerFeatures } from '../door.js';
import { ToolProcess } from '../process/tool-process.js';
import { disabledFeaturesOf } from '../wit/engine-features.js';

/** What is given to the tools. */
export interface OfficialQuestion {
  readonly source: string;
  readonly guestPath: string;
  readonly wit: string;
  readonly world: string;
  readonly features: HandlerFeatures;
}

const replySchema = z.union([
  z.object({ component: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }),
  z.object({ failure: z.string(), refusedWit: z.boolean() }),
]);

/** A component, or the text with which the tools refused the source or the interface definition. */
export type OfficialReply = z.infer<typeof replySchema>;

/**
 * The tools' splicer grows its memory in small steps; V8's parallel collector then runs hundreds of full
 * collections. With this switch the first build takes a third less time and half the processor time.
 */
const TAMED_COLLECTOR = '--single-threaded-gc';

/** Builds with the official tools in a warm process; an aborted build kills it and the next one starts another. */
export class OfficialBuild {
  #process: ToolProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** Rejects with the signal's reason when aborted; also while it waits for its turn. */
  async build(question: OfficialQuestion, signal: AbortSignal): Promise<OfficialReply> {
    const turn = this.#queue;
    const work = turn.then(() => {
      signal.throwIfAborted();
      const { features, ...asked } = question;
      return this.#warm().ask({ ...asked, disabledFeatures: disabledFeaturesOf(features) }, signal);
    });
    this.#queue = work.catch(() => undefined);
    return replySchema.parse(await work);
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    await running?.kill();
  }

  #warm(): ToolProcess {
    if (!this.#process?.usable) {
      this.#process = new ToolProcess({
        program: entryPath(import.meta.url, './official-program.js'),
        execArgv: [TAMED_COLLECTOR],
      });
    }
    return this.#process;
  }
}
