import type { Check } from '../../check.js';

const FLOOR = [20, 19] as const;

/** Node is new enough. */
export const nodeCheck: Check = {
  id: 'machine.node',
  title: 'Node is new enough',
  group: 'machine',
  why: 'Older versions lack what the runner and the build need, and fail with messages that say something else.',
  run: async () => {
    if (isNewEnough(process.versions.node)) return [];
    return [
      {
        severity: 'problem',
        seen: `Node ${process.versions.node}`,
        expected: `Node ${FLOOR.join('.')} or newer`,
        fix: { summary: 'Install a newer Node', command: 'https://nodejs.org/en/download', safe: false },
      },
    ];
  },
};

/** Whether a version such as `20.19.1` reaches the floor. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
}
