import type { TypeChecker } from '../build/types/index.js';
import type { AlgaError } from '../core/errors/alga-error.js';
import type { Project } from '../project/types.js';
import type { Emit } from './event-stream.js';
import { errorEvent, runStep, type StepContext } from './step.js';

/** Shown of one check beside the error that fails it. */
const OTHERS_SHOWN = 9;

/**
 * Keeps type errors from being published. Those that a project had before anything of it was live are
 * told once and let through: there is no good version yet that they could put at risk.
 */
export class TypeGate {
  readonly #checker: TypeChecker;
  readonly #emit: Emit;
  readonly #extension: string;
  readonly #savedSince: StepContext['savedSince'];
  #stale = true;
  /** Files saved since a check ended last, relative to the project; undefined before the first. */
  #unchecked: Set<string> | undefined;
  readonly #accepted = new Set<string>();
  /** Files saved in this session, relative to the project: what is wrong in them is not old. */
  readonly #edited = new Set<string>();
  #baseline: Promise<void> | undefined;

  constructor(checker: TypeChecker, emit: Emit, extension: string, savedSince: StepContext['savedSince']) {
    this.#checker = checker;
    this.#savedSince = savedSince;
    this.#emit = emit;
    this.#extension = extension;
  }

  /** Something that types depend on has changed: these files, relative to the project. */
  invalidate(files: readonly string[]): void {
    this.#stale = true;
    for (const file of files) {
      this.#edited.add(file);
      this.#unchecked?.add(file);
    }
  }

  /**
   * Fails for the type errors that are new, once the first check is over. `broken` gives the files that do
   * not even build: what is wrong in them is not said a second time.
   */
  async check(project: Project, broken: () => Promise<ReadonlySet<string | undefined>>, signal: AbortSignal) {
    await this.#baseline;
    if (!this.#stale) return;
    await this.#step(signal, async () => {
      const errors = await this.#errors(project, signal);
      const known = errors.length === 0 ? new Set() : await broken();
      const fresh = errors.filter(
        (error) => !known.has(error.location?.file) && !this.#accepted.has(keyOf(error)),
      );
      this.#report(fresh);
      this.#stale = errors.length > 0;
    });
  }

  /** The first check, made when the first version is live: nobody waits for it. */
  takeBaseline(project: Project, signal: AbortSignal): void {
    this.#baseline ??= this.#takeBaseline(project, signal).catch(() => undefined);
  }

  async #takeBaseline(project: Project, signal: AbortSignal): Promise<void> {
    await this.#step(signal, async () => {
      const errors = await this.#errors(project, signal);
      for (const error of errors) {
        if (this.#edited.has(error.location?.file ?? '')) continue;
        this.#accepted.add(keyOf(error));
        const { code, message, hint, location } = error;
        this.#emit({ type: 'warning', extension: this.#extension, code, message, hint, ...location });
      }
      this.#stale = this.#edited.size > 0;
    });
  }

  /** What is wrong now. Files saved while that is found out are looked at the next time. */
  async #errors(project: Project, signal: AbortSignal): Promise<readonly AlgaError[]> {
    const changed = this.#unchecked;
    this.#unchecked = new Set();
    try {
      const input = changed
        ? { projectRoot: project.root, changed: [...changed] }
        : { projectRoot: project.root };
      return (await this.#checker.check(input, signal)).errors;
    } catch (error) {
      this.#unchecked = changed && new Set([...changed, ...this.#unchecked]);
      throw error;
    }
  }

  #step(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const savedSince = this.#savedSince;
    const context = {
      emit: this.#emit,
      extension: this.#extension,
      signal,
      ...(savedSince && { savedSince }),
    };
    return runStep(context, 'types', work);
  }

  /** The first error fails the step and is shown by it; the others are shown beside it. */
  #report(errors: readonly AlgaError[]): void {
    const [first, ...others] = errors;
    if (first === undefined) return;
    for (const error of others.slice(0, OTHERS_SHOWN)) {
      this.#emit(errorEvent(error, { extension: this.#extension, step: 'types' }));
    }
    throw first;
  }
}

/** The same for an error that an edit elsewhere in the file has moved. */
function keyOf({ message, location }: AlgaError): string {
  return `${location?.file}: ${message}`;
}
