import { storeCheck } from './failure.js';

/** The clocks of this machine and of the store agree. */
export const storeClockCheck = storeCheck(
  {
    id: 'store.clock',
    title: 'The clocks of this machine and the store agree',
    why: 'Signed requests carry the time: with a wrong clock all of them are refused.',
  },
  ['clock'],
  async (_view, message) => ({
    severity: 'problem',
    seen: message,
    expected: 'less than 15 minutes of difference',
    fix: { summary: 'Set the clock', command: 'sudo timedatectl set-ntp true', safe: false },
  }),
);
