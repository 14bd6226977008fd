import type { Check, Observation } from '../../check.js';
import { ask } from '../../sources/http.js';
import { ifSeen } from '../../unseen.js';
import type { View } from '../../view.js';
import { differences } from './settings.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';

/** The host takes the key with which the runner asks the registry. */
export const runnerAuthKeyCheck: Check = {
  id: 'runner.auth-key',
  title: "The host takes the runner's key to the registry",
  group: 'runner',
  why: 'The runner takes every answer but "valid" for a denial: pages are 404, and stay so for a while.',
  run: async (view) => {
    const key = (await view.runnerEnvironment()).get('ALGA_AUTH_KEY') ?? '';
    return (await isKeyRefused(view)) ? [refused('ALGA_AUTH_KEY', key)] : [];
  },
};

/** Whether the host refuses the runner's key; false where it cannot be seen. */
export function isKeyRefused(view: View): Promise<boolean> {
  return view.part('key of the runner', async () => {
    const runner = await ifSeen(view.runnerEnvironment());
    if (runner === undefined || (await differences(view)).length > 0) return false;
    const url = `${await view.host()}/api/installs/validate?tenant=${NOBODY}&extension=${NOBODY}&hash=none`;
    const { status } = await ask(url, undefined, {
      headers: { 'x-api-key': runner.get('ALGA_AUTH_KEY') ?? '' },
    });
    return status === 401;
  });
}

/** The host takes the token with which the runner calls on behalf of guests. */
export const runnerServiceTokenCheck: Check = {
  id: 'runner.service-token',
  title: "The host takes the runner's service token",
  group: 'runner',
  why: 'Storage, scheduler, invoicing and the others answer the handler "denied", which looks like a missing capability.',
  run: async (view, signal) => {
    const [origin, runner] = await Promise.all([view.host(), view.runnerEnvironment()]);
    if ((await differences(view)).length > 0) return [];
    // The one that is set wins, also when it is empty.
    const name = runner.has('RUNNER_STORAGE_API_TOKEN') ? 'RUNNER_STORAGE_API_TOKEN' : 'RUNNER_SERVICE_TOKEN';
    const token = runner.get(name) ?? '';
    // An operation that does not exist: with the right token it is refused with 400.
    const { status } = await ask(`${origin}/api/internal/ext-storage/install/${NOBODY}`, signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-runner-auth': token },
      body: '{"operation":"none"}',
    });
    return status === 401 ? [refused(name, token)] : [];
  },
};

function refused(name: string, value: string): Observation {
  return {
    severity: 'problem',
    seen: `the host refuses the runner's ${name}${value === '' ? ', which is empty' : ''} with 401`,
    expected: 'both were started with the same one',
    fix: { summary: 'Start alga dev again: it gives both the same', command: 'alga dev', safe: false },
  };
}
