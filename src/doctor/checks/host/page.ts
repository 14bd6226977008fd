import type { Check, Observation } from '../../check.js';
import { ask } from '../../sources/http.js';

/** The pages an author opens are there. */
export const hostPageCheck: Check = {
  id: 'host.page',
  title: 'The page and the document of its frame load',
  group: 'host',
  why: 'The page stays white, or the frame in it does.',
  run: async (view, signal) => {
    const [origin, { registryId, entries }, runner] = await Promise.all([
      view.host(),
      view.sound(),
      view.runner(),
    ]);
    if (runner.health === undefined || !entries.has('ui/index.html')) return [];
    const page = `${origin}/msp/extensions/${registryId}`;
    const frame = `${origin}/runner/ext-ui/${registryId}/live/index.html`;
    const answers = await Promise.all(
      [page, frame].map(async (url) => ({ url, ...(await ask(url, signal)) })),
    );
    return answers.flatMap(({ url, status, headers }) => {
      const type = headers.get('content-type') ?? 'no type';
      if (status === 200 && type.includes('text/html') && headers.has('content-security-policy')) return [];
      return [wrong(`${url} answers ${status} with ${type}`)];
    });
  },
};

function wrong(seen: string): Observation {
  return {
    severity: 'problem',
    seen,
    expected: '200, HTML, with a content security policy',
    fix: { summary: 'Look at what alga dev says of the UI', command: 'press r in alga dev', safe: false },
  };
}
