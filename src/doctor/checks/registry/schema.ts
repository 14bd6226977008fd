import type { Check } from '../../check.js';

/** The database has the tables of the extension registry. */
export const registrySchemaCheck: Check = {
  id: 'registry.schema',
  title: 'The database has the tables and columns that are needed',
  group: 'registry',
  why: 'Publishing fails, or the gateway answers 503. A Community Edition database has none of these tables.',
  run: async (view) => {
    const missing = await view.missingColumns();
    if (missing.length === 0) return [];
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
