import type { Check, Observation } from '../../check.js';
import { type Container, containerWords, runnerContainers } from '../../sources/docker.js';

/** A runner in a container runs, if there is one. */
export const runnerContainerCheck: Check = {
  id: 'runner.container',
  title: "The runner's container runs, if there is one",
  group: 'runner',
  why: "The app's gateway answers 502, and only the container's own log says why it ended.",
  run: async ({ env }) => {
    const stopped = (await runnerContainers(env)).filter(({ State }) => !State.Running);
    return Promise.all(
      stopped.map(async (container) => ended(container, await containerWords(env, container))),
    );
  },
};

function ended(container: Container, lastWords: string): Observation {
  const { State } = container;
  const name = container.Name.replace(/^\//, '');
  const cause = State.OOMKilled ? 'it ran out of memory' : State.Error;
  const reasons = [cause, lastWords].filter((text) => text !== '').join(': ');
  return {
    severity: 'problem',
    seen: `${name} is ${State.Status} with code ${State.ExitCode}${reasons === '' ? '' : `: ${reasons.slice(0, 300)}`}`,
    expected: 'it runs, or there is no such container',
    fix: {
      summary: 'Mend what it says and start it again, or remove it: alga dev needs no container',
      command: `docker start ${name} || docker rm ${name}`,
      safe: false,
    },
  };
}
