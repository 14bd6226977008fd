import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import type { Check } from '../../check.js';
import { bytesBelowLimit } from '../../sources/memory-limit.js';

const NEEDED_MB = 400;

/** There is memory left for database, store, runner and builds. */
export const memoryCheck: Check = {
  id: 'machine.memory',
  title: 'There is enough free memory',
  group: 'machine',
  why: 'When memory runs out the system ends the runner or the database, without a word in any log of ours.',
  run: async () => {
    const free = Math.round(Math.min(await availableBytes(), await bytesBelowLimit()) / 1_048_576);
    if (free >= NEEDED_MB) return [];
    return [
      {
        severity: 'warning',
        seen: `${free} MB of memory can be had`,
        expected: `${NEEDED_MB} MB or more`,
        fix: { summary: 'Close programs that hold memory', command: 'alga stack stop', safe: false },
      },
    ];
  },
};

/** What programs can get, caches given back included. */
async function availableBytes(): Promise<number> {
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(info)?.[1];
  return available === undefined ? freemem() : Number(available) * 1024;
}
