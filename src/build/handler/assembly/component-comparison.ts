import { EVALUATION_TIME_MS } from '../template/evaluation-world.js';
import { componentParts } from '../wasm/component-parts.js';
import { CORE } from '../wasm/core-module.js';
import { signedLeb } from '../wasm/leb128.js';
import type { Section } from '../wasm/section.js';

/** Sections of the engine that hold the state of a loaded handler, and so may differ between builds. */
const STATE: ReadonlySet<number> = new Set([CORE.memory, CORE.global, CORE.dataCount, CORE.data]);

/**
 * Where two components of one handler differ although only their state may: one phrase for each place, none when
 * all is well. `snapshot` is built by us, `official` by the official tools with the same features. Without the
 * clock feature the moment of the build is written into the code; it is left out of the comparison.
 */
export function componentDifferences(snapshot: Uint8Array, official: Uint8Array): string[] {
  const [ours, theirs] = [componentParts(snapshot), componentParts(official)];
  const differences: string[] = [];
  if (!same(ours.before, theirs.before)) differences.push('what comes before the engine');
  if (!same(ours.after, theirs.after)) differences.push('what comes after the engine');
  const [mine, others] = [ours.engineSections, theirs.engineSections];
  if (mine.map((section) => section.id).join() !== others.map((section) => section.id).join()) {
    return [...differences, 'the order of the sections of the engine'];
  }
  for (const [index, section] of mine.entries()) {
    const other = others[index];
    if (other === undefined || STATE.has(section.id) || same(section.body, other.body)) continue;
    if (section.id === CORE.code && sameCode(section, other)) continue;
    differences.push(`section ${section.id} of the engine`);
  }
  return differences;
}

/** Compares code, leaving out the places where ours holds the moment of evaluation. */
function sameCode(ours: Section, theirs: Section): boolean {
  if (ours.body.length !== theirs.body.length) return false;
  const moment = Buffer.from(signedLeb(BigInt(EVALUATION_TIME_MS) * 1_000_000n));
  const mine = Buffer.from(ours.body);
  const others = Buffer.from(theirs.body);
  for (let at = mine.indexOf(moment); at !== -1; at = mine.indexOf(moment, at + 1)) {
    others.set(moment, at);
  }
  return mine.equals(others);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
