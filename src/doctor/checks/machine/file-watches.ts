import { readFile } from 'node:fs/promises';
import type { Check } from '../../check.js';

const LEAST = 8_192;

/** The system lets enough files be watched. */
export const fileWatchesCheck: Check = {
  id: 'machine.file-watches',
  title: 'Enough files can be watched',
  group: 'machine',
  why: 'Beyond the limit, saves go unnoticed: nothing is built and nothing says why.',
  run: async () => {
    const text = await readFile('/proc/sys/fs/inotify/max_user_watches', 'utf8').catch(() => undefined);
    const limit = Number(text ?? Number.NaN);
    if (Number.isNaN(limit) || limit >= LEAST) return [];
    return [
      {
        severity: 'warning',
        seen: `fs.inotify.max_user_watches is ${limit}`,
        expected: `${LEAST} or more`,
        fix: {
          summary: 'Raise the limit',
          command: 'sudo sysctl fs.inotify.max_user_watches=524288',
          safe: false,
        },
      },
    ];
  },
};
