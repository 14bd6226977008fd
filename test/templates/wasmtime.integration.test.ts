import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HANDLER_SIGNATURE, SIGNATURES } from '../../runner/src/capabilities/signatures.js';
import {
  componentDifferences,
  createHandlerBuilder,
  type HandlerFeatures,
} from '../../src/build/handler/index.js';
import { packageRoot } from '../../src/core/entry.js';
import { TEMPLATES } from '../../src/project/create/index.js';
import { loadProject } from '../../src/project/index.js';
import type { GuestRequest } from '../build/handler/component-runner.js';
import {
  type HostCall,
  type HostFunctions,
  recordedHost,
  recordingHost,
} from '../build/handler/recording-host.js';
import { SHAPES, type Shape, type ShapeCopies, shapeCopies } from '../project/shapes.js';
import { wasmtimeHint, wasmtimePython } from '../support/programs.js';
import { scratchProject } from '../support/scratch.js';
import { type ComponentInterface, WasmtimeRunner } from '../support/wasmtime/wasmtime-runner.js';

const python = wasmtimePython();
const wasmtime = new WasmtimeRunner(python ?? 'python3');
const builder = createHandlerBuilder({
  cacheDir: join(packageRoot(), 'node_modules', '.cache', 'alga-test', 'builder'),
});
const FEATURES: readonly HandlerFeatures[] = ['default', 'parity'];
const never = new AbortController().signal;
/** Components that have run in Wasmtime. */
const ran: Record<HandlerFeatures, Uint8Array[]> = { default: [], parity: [] };
let copies: ShapeCopies;

beforeAll(async () => {
  copies = await shapeCopies();
});
afterAll(() => Promise.all([builder.stop(), wasmtime.close(), copies.remove()]));

async function built(projectRoot: string, features: HandlerFeatures): Promise<Uint8Array> {
  const { handler } = await loadProject(projectRoot);
  if (handler === undefined) throw new Error(`${projectRoot} has no handler`);
  return (await builder.build({ projectRoot, handler, features }, never)).component;
}

/** Builds the handler of a project and has Wasmtime link it to what the official runner provides, and no more. */
async function linked(projectRoot: string, features: HandlerFeatures): Promise<void> {
  const component = await built(projectRoot, features);
  const { imports, handler: type } = await wasmtime.load(component);
  expect(type).toBe(HANDLER_SIGNATURE);
  expect(foreign(imports)).toEqual(features === 'parity' ? [] : ENGINE_IMPORTS);
  ran[features].push(component);
}

/** What a component imports beside the functions of the standard WIT, each in its standard type. */
function foreign(imports: ComponentInterface['imports']): string[] {
  return Object.keys(imports)
    .filter((name) => imports[name] !== SIGNATURES.get(name) && name !== 'alga:extension/types')
    .map((name) => name.replace(/@0\.2\.\d+$/, '@0.2'))
    .sort();
}

/** Clock, random numbers and console of the engine, and what these drag in. */
const ENGINE_IMPORTS: readonly string[] = [
  ...['stderr', 'stdin', 'stdout'].map((name) => `wasi:cli/${name}@0.2`),
  ...['input', 'output', 'stderr', 'stdin', 'stdout'].map((name) => `wasi:cli/terminal-${name}@0.2`),
  ...['monotonic-clock', 'wall-clock'].map((name) => `wasi:clocks/${name}@0.2`),
  ...['preopens', 'types'].map((name) => `wasi:filesystem/${name}@0.2`),
  ...['error', 'poll', 'streams'].map((name) => `wasi:io/${name}@0.2`),
  'wasi:random/random@0.2',
];

/** Answers as status and JSON, each request to an instance of its own. */
async function answers(requests: readonly GuestRequest[], host?: (calls: HostCall[]) => HostFunctions) {
  const seen = await wasmtime.run(requests, { fresh: true, ...(host && { host }) });
  return {
    answers: seen.answers.map((answer) => {
      const [, status, body = ''] = /^(\d+) \[.*?\] (.*)$/s.exec(answer) ?? [];
      return status === undefined ? answer : [Number(status), JSON.parse(body)];
    }),
    calls: seen.calls.map(([name]) => name),
  };
}

/** The standing host functions, with a store that keeps what is put into it. */
function keepingHost(calls: HostCall[]): HostFunctions {
  let kept: { value: Uint8Array; revision: bigint } | undefined;
  const storage = {
    get: (namespace: string, key: string) => {
      if (kept === undefined) throw 'missing';
      return { namespace, key, ...kept };
    },
    put: (entry: { value: Uint8Array; revision?: bigint }) => {
      if (entry.revision !== kept?.revision) throw 'conflict';
      kept = { value: entry.value, revision: (kept?.revision ?? 0n) + 1n };
      return { ...entry, ...kept };
    },
  };
  return { ...recordingHost(calls), ...recordedHost(calls, { storage }) };
}

/** The one that runs here itself, and the one whose component the tools of another language make. */
const APART = ['component-only', 'other-language'];

function shapeNamed(name: string): Shape {
  const shape = SHAPES.find((known) => known.name === name);
  if (shape === undefined) throw new Error(`no shape ${name}`);
  return shape;
}

describe.skipIf(python === undefined)(
  `between what the official runner links (needs: ${wasmtimeHint()})`,
  () => {
    describe.each(FEATURES)('built with the features %s', (features) => {
      it('the template component answers', async () => {
        const project = await scratchProject('component', 'wasmtime');
        await linked(project.root, features);
        const seen = await answers([
          { method: 'GET', url: '/api/hello?from=test' },
          { method: 'POST', url: '/api/echo', body: '{"text":"Käse — 猫"}' },
          { method: 'GET', url: '/api/other' },
        ]);
        await project.remove();
        expect(seen.answers).toEqual([
          [200, { message: 'Hello from the handler', tenantId: 't1', extensionId: 'e1' }],
          [200, { echo: { text: 'Käse — 猫' } }],
          [404, { error: 'Nothing answers GET /api/other' }],
        ]);
        expect(seen.calls).toEqual([
          'logging.logInfo',
          'context.getContext',
          'logging.logInfo',
          'logging.logInfo',
        ]);
      });

      it('the template full keeps a note and shows it', async () => {
        const project = await scratchProject('full', 'wasmtime');
        await linked(project.root, features);
        const note = { method: 'POST', url: '/api/notes', body: '{"text":"bödy €"}' };
        const { answers: seen } = await answers([note, { method: 'GET', url: '/api/status' }], keepingHost);
        await project.remove();
        const notes = [{ id: 1, text: 'bödy €', author: 'Ünal', writtenAt: expect.any(String) }];
        const status = {
          tenantId: 't1',
          user: { name: 'Ünal', type: 'internal' },
          answeredAt: expect.any(String),
          notes,
        };
        expect(seen).toEqual([
          [201, { message: 'Kept note 1', ...status }],
          [200, { message: 'Hello from the handler', ...status }],
        ]);
      });

      it('a project with a WIT of its own answers', async () => {
        await linked(await copies.copy(shapeNamed('component-only')), features);
        const { answers: seen } = await answers([{ method: 'GET', url: '/api/shape?a=1' }]);
        expect(seen).toEqual([[200, { shape: 'component-only', url: '/api/shape?a=1' }]]);
      });

      it.each(SHAPES.filter(({ name, handler }) => handler && !APART.includes(name)))(
        'a project of the shape $name differs from one that ran here in its heap only',
        async (shape) => {
          const component = await built(await copies.copy(shape), features);
          const differences = ran[features].map((other) => componentDifferences(component, other));
          expect(differences).toContainEqual([]);
        },
      );
    });
  },
);

it('has a test here for each template with a handler', async () => {
  const withHandler: string[] = [];
  for (const { name } of TEMPLATES) {
    const project = await scratchProject(name, 'wasmtime');
    if ((await loadProject(project.root)).handler) withHandler.push(name);
    await project.remove();
  }
  expect(withHandler.sort()).toEqual(['component', 'full']);
});
