import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/entry.js';
import { CHECKS } from './catalogue.js';
import { checkTable } from './catalogue-table.js';

describe('the documentation of the checks', () => {
  it('is up to date (run this file with -u after a change)', async () => {
    await expect(checkTable(CHECKS)).toMatchFileSnapshot(join(packageRoot(), 'docs', 'doctor.md'));
  });

  it('knows every check by an id of its own, below its group', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, group } of CHECKS) expect(id).toMatch(new RegExp(`^${group}\\.[a-z-]+$`));
  });
});
