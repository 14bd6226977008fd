import { setTimeout as delay } from 'node:timers/promises';
import { reportError } from '../core/errors/alga-error.js';
import type { Emit } from './event-stream.js';
import type { StepName, UnstampedEvent } from './events.js';

/** A step was given up because a newer edit made its result worthless. Never shown as an error. */
export class Superseded extends Error {
  constructor() {
    super('superseded by a newer change');
    this.name = 'Superseded';
  }
}

/** Throws {@link Superseded} when the run that `signal` belongs to was given up. */
export function throwIfSuperseded(signal: AbortSignal): void {
  if (signal.aborted) throw new Superseded();
}

/** Steps that read what the author is writing. */
const SOURCE_STEPS: ReadonlySet<StepName> = new Set(['validate', 'types', 'component', 'ui']);

/**
 * How long a failure of such a step waits for word of a newer edit: it may have read a file that was
 * half written, and the watcher hears of the rest within this time.
 */
const NEWER_EDIT_MS = 100;
/** The same when a source has been saved since the step began: then word of it is due, on a busy machine later. */
const DUE_EDIT_MS = 2_000;

/** Where a step belongs. */
export interface StepContext {
  readonly emit: Emit;
  readonly extension?: string;
  /** Aborted by a newer edit. */
  readonly signal?: AbortSignal;
  /** Whether a source of the step was saved after a time (Unix milliseconds). */
  readonly savedSince?: (time: number) => Promise<boolean>;
}

/**
 * Runs one step of the pipeline between its `started` and its `done` or `failed` event, with the
 * time it took. A failure is emitted as an `error` event as well and thrown on, so that the steps
 * after it do not run; a superseded step ends without a word.
 */
export async function runStep<T>(
  context: StepContext,
  step: StepName,
  work: () => Promise<T>,
  describe: (result: T) => string | undefined = () => undefined,
): Promise<T> {
  const of = context.extension === undefined ? {} : { extension: context.extension };
  const beganAt = Date.now();
  const began = performance.now();
  const elapsed = (): number => Math.round(performance.now() - began);
  context.emit({ type: 'step', ...of, step, state: 'started' });
  try {
    const result = await work();
    if (context.signal) throwIfSuperseded(context.signal);
    const detail = describe(result);
    context.emit({
      type: 'step',
      ...of,
      step,
      state: 'done',
      ms: elapsed(),
      ...(detail === undefined ? {} : { detail }),
    });
    return result;
  } catch (error) {
    if (SOURCE_STEPS.has(step)) await newerEdit(context, beganAt);
    if (error instanceof Superseded || context.signal?.aborted) throw new Superseded();
    context.emit({ type: 'step', ...of, step, state: 'failed', ms: elapsed() });
    context.emit(errorEvent(error, { ...of, step }));
    throw new Reported(error);
  }
}

/** Resolves as soon as a newer edit makes the step worthless, and otherwise when none can be expected. */
async function newerEdit({ signal, savedSince }: StepContext, beganAt: number): Promise<void> {
  if (!signal) return;
  await delay(NEWER_EDIT_MS, undefined, { signal }).catch(() => undefined);
  if (signal.aborted || !(await savedSince?.(beganAt))) return;
  await delay(DUE_EDIT_MS, undefined, { signal }).catch(() => undefined);
}

/** Wraps an error whose event has been emitted, so that nobody emits it a second time. */
export class Reported extends Error {
  constructor(cause: unknown) {
    super('already reported', { cause });
    this.name = 'Reported';
  }
}

/** The `error` event of anything thrown. */
export function errorEvent(error: unknown, of: { extension?: string; step?: StepName }): UnstampedEvent {
  const { exitCode: _, ...report } = reportError(error);
  return { type: 'error', ...of, ...report };
}
