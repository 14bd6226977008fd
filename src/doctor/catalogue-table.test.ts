import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/entry.js';
import { CHECKS } from './catalogue.js';
import { checkTable } from './catalogue-table.js';
import { COMMON_ISSUES, PITFALLS } from './documented-failures.js';

/** Checks of what only alga has, which no document of the product can describe. */
const OWN = ['store.public-access', 'runner.reachable', 'host.reachable', 'host.live'];

describe('the documentation of the checks', () => {
  it('is up to date (run this file with -u after a change)', async () => {
    await expect(checkTable(CHECKS)).toMatchFileSnapshot(join(packageRoot(), 'docs', 'doctor.md'));
  });

  it('names only checks that there are, and for every failure one or why there is none', () => {
    const ids = new Set(CHECKS.map(({ id }) => id));
    for (const { sign, checks, instead } of [...COMMON_ISSUES, ...PITFALLS]) {
      expect(checks.filter((id) => !ids.has(id))).toEqual([]);
      expect([sign, checks.length > 0]).toEqual([sign, instead === undefined]);
    }
  });

  it('leaves no check of store, registry, runner or host without a failure it is for', () => {
    const named = new Set([...COMMON_ISSUES, ...PITFALLS].flatMap(({ checks }) => checks));
    const left = CHECKS.filter(({ id, group }) => /store|registry|runner|host/.test(group) && !named.has(id));
    expect(left.map(({ id }) => id)).toEqual(OWN);
  });

  it('knows every check by an id of its own, below its group', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, group } of CHECKS) expect(id).toMatch(new RegExp(`^${group}\\.[a-z-]+$`));
  });
});
