import { lookup } from 'node:dns/promises';
import type { Check } from '../../check.js';
import { isLoopback } from '../../sources/database.js';

/** The name `localhost` means this machine. */
export const loopbackCheck: Check = {
  id: 'machine.loopback',
  title: '"localhost" means this machine',
  group: 'machine',
  why: 'Page, gateway and runner find each other by that name.',
  run: async () => {
    const found = await lookup('localhost', { all: true }).catch(() => []);
    const strange = found.filter(({ address }) => !isLoopback(address)).map(({ address }) => address);
    if (found.length > 0 && strange.length === 0) return [];
    return [
      {
        severity: 'problem',
        seen: strange.length > 0 ? `localhost is ${strange.join(', ')}` : 'localhost has no address',
        expected: 'localhost is 127.0.0.1 (and ::1)',
        fix: {
          summary: 'Mend the hosts file',
          command: 'add "127.0.0.1 localhost" to /etc/hosts',
          safe: false,
        },
      },
    ];
  },
};
