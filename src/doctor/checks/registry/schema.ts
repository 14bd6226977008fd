import type { Check } from '../../check.js';
import { NEEDED_COLUMNS } from '../../sources/rows.js';
import { Unseen } from '../../unseen.js';

/** The database has the tables of the extension registry. */
export const registrySchemaCheck: Check = {
  id: 'registry.schema',
  title: 'The database has the tables and columns that are needed',
  group: 'registry',
  why: 'Publishing fails, or the gateway answers 503. A Community Edition database has none of these tables.',
  run: async (view) => {
    const missing = await view.missingColumns();
    if (missing.length === 0) return [];
    // The first session of a stack makes them: until then there are none.
    const empty = Object.keys(NEEDED_COLUMNS).every((table) => missing.includes(table));
    if (empty && (await view.sessionFiles()).state !== 'running')
      throw new Unseen('schema', 'idle', 'the database is still empty; alga dev makes its tables');
    return [
      {
        severity: 'problem',
        seen: `${missing.slice(0, 6).join(', ')}${missing.length > 6 ? ` and ${missing.length - 6} more` : ''} missing`,
        expected: 'the tables of the Enterprise Edition',
        fix: { summary: 'Make the local database anew', command: 'alga stack reset', safe: false },
      },
    ];
  },
};
