import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentDifferences } from '../../../src/build/handler/assembly/component-comparison.js';
import { ComparedBuilds, comparable, SEEN_NOW, trapOnly } from './compared-builds.js';
import { COMPARISON_CASES, type ComparisonCase, REQUESTS } from './comparison-cases.js';
import { ComponentRunner, type Observation } from './component-runner.js';
import { EngineRunner } from './engine-runner.js';

const jco = new ComponentRunner();
const engine = new EngineRunner();
let builds: ComparedBuilds;

beforeAll(async () => {
  // Thousands of engine functions run for some milliseconds each: optimising them costs more than it gains.
  setFlagsFromString('--liftoff-only');
  builds = await ComparedBuilds.open();
});
afterAll(() => Promise.all([builds.close(), jco.close(), engine.close()]));

async function observed(
  component: Uint8Array,
  subject: ComparisonCase,
  by: Pick<ComponentRunner, 'run'> = jco,
): Promise<Observation> {
  return comparable(await by.run(component, REQUESTS), subject);
}

/** The three components on the runner's engine, with what they print. */
async function compareInRunner(subject: ComparisonCase): Promise<void> {
  const seen: Observation[] = [];
  for (const lane of ['official', 'snapshot', 'graft'] as const) {
    seen.push(await observed((await builds.build(lane, subject)).component, subject, engine));
  }
  const [official, ...ours] = seen;
  expect(official?.answers.join()).not.toContain('trap');
  for (const other of ours) expect(other).toEqual(official);
}

describe('components built by snapshot, graft and the official tools behave alike, under jco and in the runner', () => {
  it.each(COMPARISON_CASES.map((subject) => [subject.name, subject] as const))(
    '%s',
    async (_name, subject) => {
      if (subject.runnerOnly) return compareInRunner(subject);
      const snapshot = await builds.build('snapshot', subject);
      const official = await builds.official(subject, snapshot.inputsHash, (component) =>
        observed(component, subject),
      );
      expect(await observed(snapshot.component, subject)).toEqual(official.seen);
      if (official.component) {
        expect(componentDifferences(snapshot.component, official.component)).toEqual([]);
      }
      const { answers, calls } = await observed(snapshot.component, subject, engine);
      expect(answers.map(trapOnly)).toEqual(official.seen.answers.map(trapOnly));
      expect(calls).toEqual(official.seen.calls);
      const graft = await builds.build('graft', subject);
      expect(graft.inputsHash).toBe(snapshot.inputsHash);
      expect(await observed(graft.component, subject)).toEqual(official.seen);
    },
  );
});

it('has a record of every official component, so that none is built only to be looked at', () => {
  expect(builds.unrecorded, `official-observations.json is out of date: copy ${SEEN_NOW} over it`).toEqual(
    [],
  );
});
