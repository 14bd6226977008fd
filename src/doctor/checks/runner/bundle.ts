import type { Check, Observation } from '../../check.js';
import { type Answer, ask } from '../../sources/http.js';
import type { View } from '../../view.js';

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

function fault(answer: Answer, summary: string, command: string): Observation {
  return {
    severity: 'problem',
    seen: `it answers ${answer.status} ${answer.body.slice(0, 120)}`.trim(),
    expected: 'rows and object are right, so it answers 200',
    fix: { summary, command, safe: false },
  };
}

/** What the runner answers for the page of the active bundle; undefined without a page. */
async function pageAnswer(view: View, signal: AbortSignal): Promise<Answer | undefined> {
  const [{ url, health }, { registryId, tenantId, hash, entries }] = await Promise.all([
    view.runner(),
    view.sound(),
  ]);
  if (health === undefined || !health.cache_writable || !entries.has('ui/index.html')) return undefined;
  const path = `/ext-ui/${registryId}/${encodeURIComponent(hash)}/index.html`;
  return ask(`${url}${path}?tenant=${tenantId}`, signal);
}
