import { setMaxListeners } from 'node:events';
import { unlessAborted, withDeadline } from '../core/deadline.js';
import { textOf } from '../core/errors/alga-error.js';
import { CHECKS } from './catalogue.js';
import { type Check, docsOf, type Finding, GROUPS } from './check.js';
import type { CheckResult, Report } from './report.js';
import { Unseen } from './unseen.js';
import { View } from './view.js';

const CHECK_LIMIT_MS = 12_000;
const START_LIMIT_MS = 65_000;
/** How often is looked at what does not stand still. */
const MOST_LOOKS = 3;

/** Parts whose absence is a finding of its own, and by which checks: then it is not told twice. */
const EXPLAINED_BY: Readonly<Record<string, readonly string[]>> = {
  stack: ['registry.reachable'],
  'stack connection': ['registry.reachable'],
  database: ['registry.reachable'],
  'object store': ['store.reachable', 'store.credentials', 'store.clock', 'store.bucket'],
  runner: ['runner.reachable'],
  host: ['host.reachable'],
};

export interface ExamineOptions {
  /** Folder of the extension, or one inside it. */
  readonly projectRoot: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Start the stack for the time of the check when it has data and does not run. */
  readonly start?: boolean;
  /** Checkout of the product whose settings are looked at; the one around the project when left out. */
  readonly product?: string;
  /** Ids of the only checks to run. */
  readonly only?: readonly string[];
  /** What to run; every check there is when left out. */
  readonly checks?: readonly Check[];
  /** Milliseconds that each check has. */
  readonly limitMs?: number;
}

interface Looked {
  readonly result: CheckResult;
  readonly findings: readonly Finding[];
  readonly unseen?: Unseen;
}

/** Runs the checks side by side and gives what they found. Changes nothing. */
export async function examine(options: ExamineOptions): Promise<Report> {
  const { projectRoot, product, env = process.env, start = false } = options;
  const view = new View({ projectRoot, product, env, start });
  try {
    return await examineView(view, options);
  } finally {
    await view.close();
  }
}

/**
 * {@link examine} on a view of the caller's: it stays open, so that findings can be mended on it. What was found while
 * something was being published is of different moments, and is looked at again.
 */
export async function examineView(view: View, options: ExamineOptions): Promise<Report> {
  const began = performance.now();
  for (let looks = 1; ; looks += 1) {
    const report = await lookAround(view, options);
    const { findings, unknown } = report;
    const last = findings.length + unknown.length === 0 || looks === MOST_LOOKS || options.signal?.aborted;
    if (last || !(await view.hasMoved())) return { ...report, ms: Math.round(performance.now() - began) };
  }
}

async function lookAround(view: View, options: ExamineOptions): Promise<Omit<Report, 'ms'>> {
  const { signal, only, start, checks: all = CHECKS } = options;
  const checks = all.filter(({ id }) => only === undefined || only.includes(id));
  const limit = options.limitMs ?? (start ? START_LIMIT_MS : CHECK_LIMIT_MS);
  const looked = await withSharedSignal(signal, (shared) =>
    Promise.all(checks.map((check) => look(check, view, shared, limit))),
  );
  const explained = new Set(looked.flatMap(({ findings }) => findings.map(({ check }) => check)));
  const unknown = new Map(
    looked.flatMap(({ unseen }) => {
      const known = unseen && EXPLAINED_BY[unseen.part]?.some((id) => explained.has(id));
      return unseen === undefined || known ? [] : [[unseen.part, unseen.message] as const];
    }),
  );
  return {
    folder: await view.root(),
    checks: looked.map(({ result }) => result),
    findings: looked.flatMap(({ findings }) => findings).sort(worstFirst),
    unknown: [...unknown].map(([part, reason]) => ({ part, reason })),
  };
}

/** Runs work with a signal for many listeners, which follows the outer one. */
async function withSharedSignal<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const shared = new AbortController();
  // Every check listens, and that is no leak.
  setMaxListeners(0, shared.signal);
  const giveUp = (): void => shared.abort(outer?.reason);
  if (outer?.aborted) giveUp();
  outer?.addEventListener('abort', giveUp, { once: true });
  try {
    return await work(shared.signal);
  } finally {
    outer?.removeEventListener('abort', giveUp);
  }
}

function worstFirst(a: Finding, b: Finding): number {
  const weight = ({ severity, group }: Finding): number =>
    (severity === 'problem' ? 0 : 100) + GROUPS.indexOf(group);
  return weight(a) - weight(b);
}

async function look(check: Check, view: View, signal: AbortSignal, limit: number): Promise<Looked> {
  const { id, title, group, why } = check;
  const began = performance.now();
  const base = () => ({ id, title, group, ms: Math.round(performance.now() - began) });
  try {
    signal.throwIfAborted();
    const error = (): Error => new Error(`${id}: no answer within ${limit / 1000} s`);
    const observations = await withDeadline({ ms: limit, error }, signal, (limited) =>
      unlessAborted(check.run(view, limited), limited),
    );
    const findings = observations.map((seen) => ({
      ...seen,
      check: id,
      title,
      group,
      why,
      docs: docsOf(id),
    }));
    return { result: { ...base(), outcome: findings.length > 0 ? 'findings' : 'healthy' }, findings };
  } catch (error) {
    const unseen = error instanceof Unseen ? error : new Unseen(id, 'failed', textOf(error), error);
    const idle = unseen.absence === 'idle';
    const result = { ...base(), outcome: idle ? 'idle' : 'unknown', reason: unseen.message } as const;
    return { result, findings: [], ...(idle ? {} : { unseen }) };
  }
}
