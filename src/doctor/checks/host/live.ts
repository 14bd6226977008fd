import { withDeadline } from '../../../core/deadline.js';
import { textOf } from '../../../core/errors/alga-error.js';
import { connectToHost } from '../../../host/client/index.js';
import type { Check } from '../../check.js';

const LIMIT_MS = 4_000;

/** Pages hear of what happens. */
export const hostLiveCheck: Check = {
  id: 'host.live',
  title: 'The live channel of the pages works',
  group: 'host',
  why: 'Saves are published, but an open page neither reloads nor shows errors.',
  run: async (view, signal) => {
    const origin = await view.host();
    const why = await silence(origin, signal);
    if (why === undefined) return [];
    return [
      {
        severity: 'problem',
        seen: `${origin}: ${why}`,
        expected: 'a page that connects is greeted with how everything stands',
        fix: {
          summary:
            'Let WebSockets through to it: a firewall or proxy may cut them. If none does, start alga dev again',
          command: 'alga dev',
          safe: false,
        },
      },
    ];
  },
};

/** Connects as a page does; gives why it was not greeted. */
async function silence(origin: string, signal: AbortSignal): Promise<string | undefined> {
  const late = { ms: LIMIT_MS, error: () => new Error('late') };
  try {
    const client = await connectToHost({ origin, patienceMs: LIMIT_MS });
    return await withDeadline(late, signal, async (limited) => {
      const heard = new AbortController();
      const leave = (): void => heard.abort();
      limited.addEventListener('abort', leave, { once: true });
      let greeted = false;
      await client.follow((message) => {
        greeted ||= message.type === 'hello';
        if (greeted) leave();
      }, heard.signal);
      return greeted ? undefined : `pages are not greeted within ${LIMIT_MS / 1000} s`;
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return `pages cannot connect: ${textOf(cause)}`;
  }
}
