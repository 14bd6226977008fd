import type { Check, Observation } from '../../check.js';
import { type Container, containerWords, runnerContainers } from '../../sources/docker.js';

/** A runner in a container runs, if there is one. */
export const runnerContainerCheck: Check = {
  id: 'runner.container',
  title: "The runner's container runs, if there is one",
  group: 'runner',
  why: "The app's gateway answers 502, and only the container's own log says why it ended.",
  run: async ({ env }) => {
    const containers = await runnerContainers(env);
    const faulty = containers.flatMap((container) => {
      const fault = faultOf(container);
      return fault === undefined ? [] : [{ container, fault }];
    });
    return Promise.all(
      faulty.map(async ({ container, fault }) =>
        observed(container, fault, await containerWords(env, container)),
      ),
    );
  },
};

interface Fault {
  readonly what: string;
  /** What brings it back, once its cause is mended. */
  readonly command: string;
}

/** Milliseconds that a container has to run for Docker to take its restart for a success. */
const SETTLED_MS = 10_000;

/** What keeps a container from serving, if anything. */
function faultOf({ State, RestartCount }: Container): Fault | undefined {
  const { Status, ExitCode } = State;
  // Between two ends it runs for a moment.
  const unsettled = RestartCount > 0 && Date.now() - Date.parse(State.StartedAt) < SETTLED_MS;
  if (Status === 'restarting' || (Status === 'running' && unsettled)) {
    return { what: `starts again and again (restarts: ${RestartCount})`, command: 'restart' };
  }
  if (Status === 'running') {
    const unwell = State.Health?.Status === 'unhealthy';
    return unwell ? { what: 'runs, but says of itself that it is unhealthy', command: 'restart' } : undefined;
  }
  if (Status === 'paused') return { what: 'is paused', command: 'unpause' };
  if (Status === 'created') return { what: 'was made, but never started', command: 'start' };
  return { what: `is ${Status} with code ${ExitCode}`, command: 'start' };
}

/** By this label compose knows its containers. */
const SERVICE = 'com.docker.compose.service';

function observed(
  { Name, State, Config }: Container,
  { what, command }: Fault,
  lastWords: string,
): Observation {
  const name = Name.replace(/^\//, '');
  const service = Config.Labels?.[SERVICE];
  const cause = State.OOMKilled ? 'it ran out of memory' : State.Error;
  const reasons = [cause, lastWords].filter((text) => text !== '').join(': ');
  return {
    severity: 'problem',
    seen: `${name} ${what}${reasons === '' ? '' : `: ${reasons.slice(0, 300)}`}`,
    expected: 'it runs, or there is no such container',
    fix: {
      summary:
        'Mend what it says, make it anew if that is in its settings, else start it; or remove it: alga dev needs none',
      command:
        service === undefined
          ? `docker ${command} ${name}`
          : `docker compose up --detach --force-recreate ${service}`,
      safe: false,
    },
  };
}
