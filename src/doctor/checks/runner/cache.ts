import { join } from 'node:path';
import { projectStateDir } from '../../../core/paths.js';
import type { Check } from '../../check.js';

/** The runner can write its cache. */
export const runnerCacheCheck: Check = {
  id: 'runner.cache',
  title: 'The runner can write its cache',
  group: 'runner',
  why: 'It answers extract_failed for every bundle it has not unpacked yet, and 503 to health checks.',
  run: async (view) => {
    const { health } = await view.runner();
    if (health === undefined || health.cache_writable) return [];
    const folder = join(projectStateDir(await view.root()), 'runner-cache');
    return [
      {
        severity: 'problem',
        seen: `it cannot write in its cache folder (alga dev uses ${folder})`,
        expected: 'the folder exists, belongs to you and its disk is not full',
        fix: {
          summary: 'Give yourself the right to write there',
          command: `chmod -R u+rwX ${folder}`,
          safe: false,
        },
      },
    ];
  },
};
