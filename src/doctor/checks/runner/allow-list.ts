import { readFile } from 'node:fs/promises';
import type { Check } from '../../check.js';
import { sourcesOf } from '../../sources/source-files.js';
import { ifSeen } from '../../unseen.js';

const VARIABLE = 'EXT_EGRESS_ALLOWLIST';
const ADDRESS = /["'`]https?:\/\/([a-z0-9.-]+\.[a-z]{2,})(?::\d+)?(?=[/"'`?#$])/gi;
const FETCHES = /alga:extension\/http|\bfetch\s*\(|\bhttp\s*\./;

/** Hosts that the handler calls may be called. */
export const runnerAllowListCheck: Check = {
  id: 'runner.allow-list',
  title: 'Hosts the handler calls are on the allow-list',
  group: 'runner',
  why: 'http.fetch answers "not allowed" for a host that is missing from a list somebody else keeps.',
  run: async (view) => {
    const [project, runner] = await Promise.all([view.project(), ifSeen(view.runnerEnvironment())]);
    const list = (runner?.get(VARIABLE) ?? view.env[VARIABLE] ?? '')
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== '');
    if (list.length === 0 || project.handler === undefined) return [];
    const called = new Set<string>();
    for (const path of await sourcesOf(project)) {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (!FETCHES.test(text)) continue;
      for (const [, host = ''] of text.matchAll(ADDRESS)) called.add(host.toLowerCase());
    }
    const missing = [...called].filter((host) => !list.some((entry) => allows(entry, host)));
    if (missing.length === 0) return [];
    return [
      {
        severity: 'warning',
        seen: `the handler names ${missing.join(', ')}; ${VARIABLE} allows ${list.join(', ')}`,
        expected: 'every host that is called is on the list, or the list is empty',
        fix: {
          summary: 'Add the hosts to the list and start alga dev again',
          command: `export ${VARIABLE}=${[...list, ...missing].join(',')}`,
          safe: false,
        },
      },
    ];
  },
};

/** An entry allows a host and, as the runner reads it, every host below it. */
function allows(entry: string, host: string): boolean {
  const name = entry.replace(/^\*?\./, '');
  return host === name || host.endsWith(`.${name}`);
}
