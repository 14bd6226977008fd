import type { Change } from './mend/change.js';
import type { View } from './view.js';

/** Parts that checks are about, in the order in which one depends on the next. */
export const GROUPS = ['machine', 'project', 'store', 'registry', 'runner', 'host'] as const;

export type Group = (typeof GROUPS)[number];

/** How a fault is mended. */
export interface Fix {
  /** One sentence: what is done. */
  readonly summary: string;
  /** What a person would type or press instead. */
  readonly command: string;
  /** True when nothing anybody made can get lost by it: done without a question. */
  readonly safe: boolean;
  /** Exactly what would change. Only reads. Absent: nothing but the command can do it. */
  readonly plan?: () => Promise<readonly Change[]>;
  /** What a running session can do about it by itself, where a plan cannot. */
  readonly inSession?: 'restartRunner' | 'rebuild';
}

/** What one look of a check has shown to be wrong. */
export interface Observation {
  readonly severity: 'problem' | 'warning';
  /** What is there. One sentence; never a secret. */
  readonly seen: string;
  /** What should be there. One sentence. */
  readonly expected: string;
  readonly fix?: Fix;
}

/** One class of fault: how it is found, why it matters, how it is mended. */
export interface Check {
  /** Stable: `<group>.<noun>`. */
  readonly id: string;
  /** What is true when all is well. */
  readonly title: string;
  readonly group: Group;
  /** What the author notices of the fault. One sentence. */
  readonly why: string;
  /**
   * Looks, and gives what is wrong; nothing when all is well. Throws `Unseen` (through the view) when
   * what it looks at cannot be seen. Changes nothing.
   */
  run(view: View, signal: AbortSignal): Promise<readonly Observation[]>;
}

/** An observation with everything a reader needs to know about its check. */
export interface Finding extends Observation {
  readonly check: string;
  readonly title: string;
  readonly group: Group;
  readonly why: string;
  /** Where the check is described: file and anchor. */
  readonly docs: string;
}

/** Anchor of a check in the documentation. */
export function docsOf(id: string): string {
  return `docs/doctor.md#${id.replaceAll('.', '')}`;
}
