import { contentHashOf } from '../../../core/content-hash.js';
import type { Check, Observation } from '../../check.js';
import { type Answer, ask } from '../../sources/http.js';
import type { View } from '../../view.js';
import { fitRunner } from './fit.js';

/** The runner serves the active bundle. */
export const runnerBundleCheck: Check = {
  id: 'runner.bundle',
  title: 'The runner serves the page of the active bundle',
  group: 'runner',
  why: 'The iframe shows {"code":"extract_failed"} or stays empty.',
  run: async (view, signal) => {
    const answer = await pageAnswer(view, signal);
    if (answer === undefined || answer.status < 400 || answer.status === 404) return [];
    return [
      fault(answer, 'Its own copy is bad, or it cannot reach the store: restart it', 'press R in alga dev'),
    ];
  },
};

/** The runner lets the tenant have the bundle. */
export const runnerDenialCheck: Check = {
  id: 'runner.denial',
  title: 'The runner does not deny what the registry allows',
  group: 'runner',
  why: 'A denial (also one for want of an answer) is kept for up to 45 s, and by browsers for longer: the page stays 404.',
  run: async (view, signal) => {
    const answer = await pageAnswer(view, signal);
    if (answer?.status !== 404) return [];
    return [
      fault(answer, 'Wait until the denial is forgotten, or restart the runner', 'press R in alga dev'),
    ];
  },
};

/** What the runner serves is what the bundle holds. */
export const runnerCachedBundleCheck: Check = {
  id: 'runner.cached-bundle',
  title: "The runner's copy of the bundle is the bundle",
  group: 'runner',
  why: 'A copy that was changed or cut off on disk is served for ever under a hash it does not have.',
  run: async (view, signal) => {
    const [answer, { hash, entries }] = await Promise.all([pageAnswer(view, signal), view.sound()]);
    const page = Buffer.from(entries.get('ui/index.html') ?? '').toString('utf8');
    if (answer?.status !== 200 || answer.body === page) return [];
    return [
      {
        severity: 'problem',
        seen: `it serves an index.html with the hash ${contentHashOf(Buffer.from(answer.body))}`,
        expected: `the one of the bundle, ${contentHashOf(Buffer.from(page))}`,
        fix: {
          summary: 'Remove its copy and press R in alga dev: it fetches the bundle again',
          command: `rm -rf .alga/runner-cache/${hash.slice('sha256:'.length)}`,
          safe: false,
        },
      },
    ];
  },
};

function fault(answer: Answer, summary: string, command: string): Observation {
  return {
    severity: 'problem',
    seen: `it answers ${answer.status} ${answer.body.slice(0, 120)}`.trim(),
    expected: 'rows and object are right, so it answers 200',
    fix: { summary, command, safe: false, inSession: 'restartRunner' },
  };
}

/** What the runner answers for the page of the active bundle; undefined without a page. */
export function pageAnswer(view: View, signal: AbortSignal): Promise<Answer | undefined> {
  return view.part('page of the runner', async () => {
    const [{ url }, { registryId, tenantId, hash, entries }] = await Promise.all([
      fitRunner(view),
      view.sound(),
    ]);
    if (!entries.has('ui/index.html')) return undefined;
    const path = `/ext-ui/${registryId}/${encodeURIComponent(hash)}/index.html`;
    return ask(`${url}${path}?tenant=${tenantId}`, signal);
  });
}
