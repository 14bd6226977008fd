import { setTimeout as delay } from 'node:timers/promises';
import { textOf } from '../core/errors/alga-error.js';
import type { RegistryId } from '../core/ids.js';
import type { Finding, Report, View } from '../doctor/index.js';
import type { Host, PageMessage } from '../host/index.js';
import { checkupOf, findingError, findingWarning, isMendable, unknownWarning } from './checkup.js';
import type { SessionCommand } from './commands.js';
import type { EventStream } from './event-stream.js';

/** An extension the doctor looks at. */
export interface Patient {
  readonly extension: string;
  readonly projectRoot: string;
  registryId(): RegistryId;
}

export interface CheckupsOptions {
  readonly events: EventStream;
  readonly env: NodeJS.ProcessEnv;
  readonly patients: () => readonly Patient[];
  /** Whose pages are told; undefined while it is not up. */
  readonly host: () => Promise<Pick<Host, 'tell'> | undefined>;
  readonly send: (command: SessionCommand) => Promise<void>;
}

/** Step under which what the doctor finds stands over the page. */
const PAGE_STEP = 'doctor';

/** Between the two looks that something new has to pass. */
const CONFIRM_MS = 500;

/** Has the doctor look at the session's extensions, says what it finds, and mends it. */
export class Checkups {
  readonly #options: CheckupsOptions;
  /** What was told and is still there, by extension. */
  readonly #told = new Map<string, ReadonlySet<string>>();
  /** What the key `f` was said to mend, by extension. */
  readonly #mendable = new Map<string, string>();

  constructor(options: CheckupsOptions) {
    this.#options = options;
  }

  /** Every check, for whoever asks: everything found is told, also what was told before. */
  async run(): Promise<void> {
    const { emit } = this.#options.events;
    for (const patient of this.#options.patients()) {
      const { extension } = patient;
      const report = await this.#examine(patient);
      for (const finding of report.findings) emit(findingWarning(extension, finding));
      for (const part of report.unknown) emit(unknownWarning(extension, part));
      emit({ type: 'note', extension, message: `doctor ${verdictOf(report)}` });
      this.#tell(patient.registryId(), { type: 'checkup', ...checkupOf(report) });
      this.#show(patient, report.findings);
    }
  }

  /**
   * The given checks, by themselves: tells only what is new, and what is in order again. `stillTrue` says
   * whether what was seen may be believed.
   */
  async watch(only: readonly string[], signal: AbortSignal, stillTrue: () => boolean): Promise<void> {
    const { emit } = this.#options.events;
    for (const patient of this.#options.patients()) {
      const { extension } = patient;
      const told = this.#told.get(extension) ?? new Set();
      const findings = await this.#confirmed(patient, only, signal, told);
      if (signal.aborted || !stillTrue()) return;
      for (const finding of findings) {
        if (!told.has(finding.check)) emit(findingWarning(extension, finding));
      }
      const now = new Set(findings.map(({ check }) => check));
      for (const check of told) {
        if (only.includes(check) && !now.has(check))
          emit({ type: 'note', extension, message: `${check}: in order again` });
      }
      this.#show(patient, findings);
    }
  }

  /**
   * Mends what can be mended without a question, and looks again. What the session has to make anew takes
   * its time: then the next look of the watch tells how it went.
   */
  async mend(): Promise<void> {
    const { send, patients } = this.#options;
    const commands = new Set<'rebuild' | 'restartRunner'>();
    for (const patient of patients()) {
      for (const command of await this.#mend(patient)) commands.add(command);
    }
    for (const type of commands) await send({ type });
    if (!commands.has('rebuild')) await this.run();
  }

  /** What is found, and for what is new, found a second time: a restart under way is no fault. */
  async #confirmed(
    patient: Patient,
    only: readonly string[],
    signal: AbortSignal,
    told: ReadonlySet<string>,
  ): Promise<readonly Finding[]> {
    const { findings } = await this.#examine(patient, only, signal);
    if (findings.every(({ check }) => told.has(check))) return findings;
    await delay(CONFIRM_MS, undefined, { signal });
    const again = await this.#examine(patient, only, signal);
    return again.findings.filter(({ check }) => findings.some((first) => first.check === check));
  }

  async #examine({ projectRoot }: Patient, only?: readonly string[], signal?: AbortSignal): Promise<Report> {
    // The doctor knows every room; loading it is for those who call it.
    const { examine } = await import('../doctor/index.js');
    const { env } = this.#options;
    return examine({ projectRoot, env, ...(only ? { only } : {}), ...(signal ? { signal } : {}) });
  }

  /** Does the plans; gives what is left for the session to do. */
  async #mend({ extension, projectRoot }: Patient): Promise<('rebuild' | 'restartRunner')[]> {
    const { examineView, View } = await import('../doctor/index.js');
    const { env, events } = this.#options;
    const view = new View({ projectRoot, env, start: false });
    try {
      const { findings } = await examineView(view, { projectRoot, env });
      const mendable = findings.filter(isMendable);
      const left: ('rebuild' | 'restartRunner')[] = [];
      for (const finding of mendable) {
        const done = await this.#carryOut(view, extension, finding);
        if (!done && finding.fix?.inSession !== undefined) left.push(finding.fix.inSession);
      }
      if (mendable.length === 0)
        events.emit({ type: 'note', extension, message: 'there is nothing the doctor mends by itself' });
      return left;
    } finally {
      await view.close();
    }
  }

  /** Does the plan of a finding and tells it; false when there is none. */
  async #carryOut(view: View, extension: string, finding: Finding): Promise<boolean> {
    const { changeText, mend, planOf } = await import('../doctor/index.js');
    const { emit } = this.#options.events;
    const { check, fix } = finding;
    try {
      const plan = fix?.safe === true ? await planOf(finding) : undefined;
      if (plan === undefined) return false;
      await mend(view, plan);
      const changes = plan.changes.map(changeText).join('; ');
      emit({
        type: 'note',
        extension,
        message: `mended ${check}: ${changes} (alga doctor --undo takes it back)`,
      });
      return true;
    } catch (error) {
      emit({ type: 'warning', extension, code: check, message: `could not be mended: ${textOf(error)}` });
      return false;
    }
  }

  #tell(registryId: RegistryId, message: PageMessage): void {
    this.#options.host().then(
      (host) => host?.tell(registryId, message),
      () => undefined,
    );
  }

  /** Says what can be mended, when that is something else than before. */
  #offer(extension: string, findings: readonly Finding[]): void {
    const mendable = [...new Set(findings.map(({ check }) => check))];
    const before = this.#mendable.get(extension) ?? '';
    this.#mendable.set(extension, mendable.join());
    if (mendable.join() !== before) this.#options.events.emit({ type: 'checkup', extension, mendable });
  }

  /** Puts the worst of what is wrong over the page, and takes it away again. */
  #show(patient: Patient, findings: readonly Finding[]): void {
    const { extension } = patient;
    const before = this.#told.get(extension);
    this.#offer(extension, findings.filter(isMendable));
    this.#told.set(extension, new Set(findings.map(({ check }) => check)));
    const [worst] = findings.filter(({ severity }) => severity === 'problem');
    if (worst)
      this.#tell(patient.registryId(), { type: 'error', step: PAGE_STEP, error: findingError(worst) });
    else if (before && before.size > 0)
      this.#tell(patient.registryId(), { type: 'cleared', step: PAGE_STEP });
  }
}

function verdictOf({ findings, checks, ms }: Report): string {
  const count = findings.length;
  const verdict = count === 0 ? 'found nothing wrong' : `found ${count} ${count === 1 ? 'thing' : 'things'}`;
  return `${verdict} in ${checks.length} checks (${ms} ms)`;
}
