import { readFile } from 'node:fs/promises';
import type { Check } from '../../check.js';

const LEAST = 8_192;
/** Of the machine, and of this user in the container it may be in. */
const LIMITS = ['fs.inotify.max_user_watches', 'user.max_inotify_watches'];

/** The system lets enough files be watched. */
export const fileWatchesCheck: Check = {
  id: 'machine.file-watches',
  title: 'Enough files can be watched',
  group: 'machine',
  why: 'Beyond the limit, saves go unnoticed: nothing is built and nothing says why.',
  run: async () => {
    const limits = await Promise.all(LIMITS.map(async (name) => ({ name, value: await limitOf(name) })));
    const [lowest] = limits
      .flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]))
      .sort((a, b) => a.value - b.value);
    if (lowest === undefined || lowest.value >= LEAST) return [];
    return [
      {
        severity: 'warning',
        seen: `${lowest.name} is ${lowest.value}`,
        expected: `${LEAST} or more`,
        fix: { summary: 'Raise the limit', command: `sudo sysctl ${lowest.name}=524288`, safe: false },
      },
    ];
  },
};

async function limitOf(name: string): Promise<number | undefined> {
  const text = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => undefined);
  const value = Number(text ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}
