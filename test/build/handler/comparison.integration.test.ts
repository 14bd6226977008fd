import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentDifferences } from '../../../src/build/handler/assembly/component-comparison.js';
import {
  type BuildLane,
  createHandlerBuilder,
  type HandlerArtifact,
  type HandlerBuilder,
} from '../../../src/build/handler/index.js';
import { packageRoot } from '../../../src/core/entry.js';
import { COMPARISON_CASES, type ComparisonCase, REQUESTS } from './comparison-cases.js';
import { ComponentRunner, type Observation } from './component-runner.js';
import { EngineRunner } from './engine-runner.js';
import recorded from './official-observations.json' with { type: 'json' };
import { type HandlerProject, handlerProject } from './projects.js';

/**
 * Official builds take seconds each. What was seen of them is recorded by the hash of their inputs; whatever has
 * no record (another version of a tool, a new case) is built now, and so are the cases marked `live`. To record
 * anew: delete the file's content down to `{}`, run this file, and copy `SEEN` over it.
 */
const CACHE = join(packageRoot(), 'node_modules', '.cache', 'alga-test');
const SEEN = join(CACHE, 'official-observations.json');

const never = new AbortController().signal;
const runner = new ComponentRunner();
const engine = new EngineRunner();
const builders = {} as Record<BuildLane, HandlerBuilder>;
const observations = new Map<string, Observation>(
  Object.entries(recorded as unknown as Record<string, Observation>),
);
let project: HandlerProject;

beforeAll(async () => {
  // Thousands of engine functions run for some milliseconds each: optimising them costs more than it gains.
  setFlagsFromString('--liftoff-only');
  project = await handlerProject('', 'src/handler.js');
  for (const lane of ['snapshot', 'graft', 'official'] as const) {
    builders[lane] = createHandlerBuilder({ cacheDir: join(CACHE, 'builder'), lanes: [lane] });
  }
  const earlier = await readFile(SEEN, 'utf8').catch(() => '{}');
  for (const [hash, seen] of Object.entries(JSON.parse(earlier) as Record<string, Observation>)) {
    observations.set(hash, seen);
  }
});
afterAll(async () => {
  await mkdir(CACHE, { recursive: true });
  await writeFile(`${SEEN}.${process.pid}`, JSON.stringify(Object.fromEntries(observations), undefined, 1));
  await rename(`${SEEN}.${process.pid}`, SEEN);
  await Promise.all([
    ...Object.values(builders).map((builder) => builder.stop()),
    runner.close(),
    engine.close(),
  ]);
  await project.remove();
});

async function built(lane: BuildLane, subject: ComparisonCase): Promise<HandlerArtifact> {
  await project.write('src/handler.js', subject.source);
  const artifact = await builders[lane].build(project.input(subject.features), never);
  expect(artifact.lane).toBe(lane);
  return artifact;
}

async function observed(
  component: Uint8Array,
  subject: ComparisonCase,
  by: Pick<ComponentRunner, 'run'> = runner,
): Promise<Observation> {
  const { answers, calls, printed } = await by.run(component, subject.requests ?? REQUESTS);
  const plain = (text: string): string => {
    // The official tools load their script from a temporary folder, whose name shows in stacks.
    const placed = text.replace(/@\/\S*\/initializer\.js/g, '@/initializer.js');
    return subject.varies ? formOf(placed) : placed;
  };
  return { answers: answers.map(plain), calls, printed: plain(printed) };
}

/** Each engine has words of its own for a trap. */
function trapOnly(answer: string): string {
  return answer.startsWith('trap:') ? 'trap' : answer;
}

/** Digits and letters of numbers and ids replaced, so that only the form of an answer is left. */
function formOf(answer: string): string {
  return answer
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/\d+/g, '0')
    .replace(/0\.0(?:e-0)?/g, '0.0');
}

/** What is seen of the official component, and the component itself when it had to be built. */
async function officially(
  subject: ComparisonCase,
  inputsHash: string,
): Promise<{ seen: Observation; component?: Uint8Array }> {
  const known = observations.get(inputsHash);
  if (known && !subject.live) return { seen: known };
  const { component } = await built('official', subject);
  const seen = await observed(component, subject);
  observations.set(inputsHash, seen);
  return { seen, component };
}

/** The three components on the runner's engine, with what they print. */
async function compareInRunner(subject: ComparisonCase): Promise<void> {
  const seen: Observation[] = [];
  for (const lane of ['official', 'snapshot', 'graft'] as const) {
    seen.push(await observed((await built(lane, subject)).component, subject, engine));
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
      const snapshot = await built('snapshot', subject);
      const official = await officially(subject, snapshot.inputsHash);
      expect(await observed(snapshot.component, subject)).toEqual(official.seen);
      if (official.component) {
        expect(componentDifferences(snapshot.component, official.component)).toEqual([]);
      }
      const { answers, calls } = await observed(snapshot.component, subject, engine);
      expect(answers.map(trapOnly)).toEqual(official.seen.answers.map(trapOnly));
      expect(calls).toEqual(official.seen.calls);
      const graft = await built('graft', subject);
      expect(graft.inputsHash).toBe(snapshot.inputsHash);
      expect(await observed(graft.component, subject)).toEqual(official.seen);
    },
  );
});
