import { setFlagsFromString } from 'node:v8';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HANDLER_SIGNATURE, SIGNATURES } from '../../../runner/src/capabilities/signatures.js';
import type { BuildLane, HandlerFeatures } from '../../../src/build/handler/index.js';
import { wasmtimeHint, wasmtimePython } from '../../support/programs.js';
import { WasmtimeRunner } from '../../support/wasmtime/wasmtime-runner.js';
import { combinedSources, requestsOfCase } from './combined-handler.js';
import { ComparedBuilds, comparable, trapOnly } from './compared-builds.js';
import { COMPARISON_CASES, type ComparisonCase, REQUESTS } from './comparison-cases.js';
import { ComponentRunner, type GuestRequest, type Observation } from './component-runner.js';
import { EngineRunner } from './engine-runner.js';

const python = wasmtimePython();
const wasmtime = new WasmtimeRunner(python ?? 'python3');
const jco = new ComponentRunner();
const engine = new EngineRunner();
const LANES: readonly BuildLane[] = ['snapshot', 'graft', 'official'];
const FEATURES: readonly HandlerFeatures[] = ['default', 'parity'];
let builds: ComparedBuilds;

beforeAll(async () => {
  setFlagsFromString('--liftoff-only');
  builds = await ComparedBuilds.open();
});
afterAll(() => Promise.all([builds.close(), wasmtime.close(), jco.close(), engine.close()]));

const combinedWith = (features: HandlerFeatures) =>
  COMPARISON_CASES.filter((subject) => !subject.heavy && (subject.features ?? 'default') === features);

/** A trap is a trap whatever a runtime calls it, and places in stacks are others in a combined handler. */
function plain(observation: Observation, subject: ComparisonCase): Observation {
  const { answers, ...rest } = comparable(observation, subject);
  const unplaced = (answer: string) => trapOnly(answer).replace(/(\S+@\S+:\d+:\d+\n)+/, '');
  return { ...rest, answers: answers.map(unplaced) };
}

/** What every lane's component has to answer to requests to one instance, and to one each. */
interface Expectation {
  readonly kept: Pick<Observation, 'answers' | 'calls'>;
  readonly fresh: Observation;
}
const expectations = new Map<string, Expectation>();

/**
 * Known from the official component of the case alone, and from the runner here: by a component that holds the
 * case among others, so that stacks are the same.
 */
async function expected(
  subject: ComparisonCase,
  component: Uint8Array,
  requests: readonly GuestRequest[],
): Promise<Expectation> {
  const known = expectations.get(subject.name);
  if (known) return known;
  const { answers, calls } = subject.runnerOnly
    ? plain(await engine.run(component, requests), subject)
    : await official(subject);
  const fresh = plain(await engine.run(component, requests, 'fresh'), subject);
  const expectation = { kept: { answers, calls }, fresh };
  expectations.set(subject.name, expectation);
  return expectation;
}

async function official(subject: ComparisonCase): Promise<Observation> {
  const { inputsHash } = await builds.build('snapshot', subject);
  const look = async (component: Uint8Array) => comparable(await jco.run(component, REQUESTS), subject);
  return plain((await builds.official(subject, inputsHash, look)).seen, subject);
}

/** Has Wasmtime compile and link a component; every function has its standard type. */
async function load(component: Uint8Array): Promise<void> {
  const { imports, handler } = await wasmtime.load(component);
  expect(handler).toBe(HANDLER_SIGNATURE);
  const functions = Object.fromEntries(Object.entries(imports).filter(([name]) => name.includes('#')));
  expect(functions).toEqual(Object.fromEntries(SIGNATURES));
}

/** Compares what the loaded component does with what it has to do. */
async function compare(
  subject: ComparisonCase,
  component: Uint8Array,
  requests: readonly GuestRequest[],
): Promise<void> {
  const { kept, fresh } = await expected(subject, component, requests);
  expect(plain(await wasmtime.run(requests, { fresh: false }), subject)).toMatchObject(kept);
  // What is printed, too: each request, even one that traps, starts from the loaded program.
  expect(plain(await wasmtime.run(requests, { fresh: true }), subject)).toEqual(fresh);
}

/**
 * Wasmtime compiles 10 MB of engine for each component, so the handlers of the comparison are modules of one
 * component for each lane and set of features. What they have to answer was seen of the official component of
 * each of them alone.
 */
describe.skipIf(python === undefined)(`components in Wasmtime (needs: ${wasmtimeHint()})`, () => {
  describe.each(LANES)('built by %s, the handlers of the comparison in one component', (lane) => {
    describe.each(FEATURES)('with the features %s', (features) => {
      const subjects = combinedWith(features);
      let component: Uint8Array;

      beforeAll(async () => {
        component = (await builds.buildSources(lane, combinedSources(subjects), features)).component;
        await load(component);
      });

      it.each(subjects.map((subject, index) => [subject.name, index] as const))(
        '%s',
        async (_name, index) => {
          const subject = subjects[index] as ComparisonCase;
          await compare(subject, component, requestsOfCase(REQUESTS, index));
        },
      );
    });
  });

  describe('built by snapshot only, each in a component of its own', () => {
    const heavy = COMPARISON_CASES.filter((subject) => subject.heavy);
    it.each(heavy.map((subject) => [subject.name, subject] as const))('%s', async (_name, subject) => {
      const { component } = await builds.build('snapshot', subject);
      await load(component);
      await compare(subject, component, REQUESTS);
    });
  });

  it.each([
    ['alga:extension', 'payments', ''],
    ['wasi:keyvalue', 'store', '@0.2.0'],
  ])(
    'are refused when they ask for %s/%s%s, which the official runner does not have',
    async (owner, name, version) => {
      const witSource = `package ${owner}${version};
      interface ${name} { ask: func(); }
      world runner { import ${name}; export handler: func(); }`;
      const component = await componentNew(
        await componentEmbed({ witSource, world: 'runner', dummy: true }),
        [],
      );
      await expect(wasmtime.load(component)).rejects.toThrow(`${owner}/${name}${version}`);
    },
  );
});
