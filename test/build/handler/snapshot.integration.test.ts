import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeImage } from '../../../runner/src/published/heap-image.js';
import { ComponentAssembler } from '../../../src/build/handler/assembly/component-assembly.js';
import { createHandlerBuilder, encodeImage, type HandlerBuilder } from '../../../src/build/handler/index.js';
import type { AlgaError } from '../../../src/core/errors/alga-error.js';
import { ComponentRunner } from './component-runner.js';
import { answering, type HandlerProject, handlerProject } from './projects.js';

const never = new AbortController().signal;
const GET = { method: 'GET', url: '/' };
let project: HandlerProject;
let builder: HandlerBuilder;
let notes: string[];

beforeEach(async () => {
  notes = [];
  project = await handlerProject(answering('hello'));
  builder = createHandlerBuilder({ cacheDir: project.cacheDir, onNote: (note) => notes.push(note) });
});
afterEach(async () => {
  await builder.stop();
  await project.remove();
});

const save = (text: string): Promise<void> => project.write('src/handler.ts', text);
const build = (signal = never) => builder.build(project.input(), signal);

async function failure(text: string): Promise<AlgaError> {
  await save(text);
  return build().then(
    () => Promise.reject(new Error('it was built')),
    (error: AlgaError) => error,
  );
}

describe('the snapshot lane', () => {
  it('gives the same bytes in every process', async () => {
    const first = await build();
    expect(first).toMatchObject({ lane: 'snapshot', fromCache: false });
    const other = await handlerProject(answering('hello'));
    const elsewhere = createHandlerBuilder({ cacheDir: other.cacheDir });
    const second = await elsewhere.build(other.input(), never);
    expect(second.fromCache).toBe(false);
    expect(second.inputsHash).toBe(first.inputsHash);
    expect(Buffer.compare(second.component, first.component)).toBe(0);
    await elsewhere.stop();
    await other.remove();
  });

  it('lets clock and random tell the truth in the running component', async () => {
    await save(`const at = Date.now();
      export function handler() {
        const seen = { at, now: Date.now(), passed: performance.now(), random: Math.random(), id: crypto.randomUUID() };
        return { status: 200, headers: [], body: new TextEncoder().encode(JSON.stringify(seen)) };
      }`);
    const { component } = await build();
    const runner = new ComponentRunner();
    const seen = [];
    for (let instance = 0; instance < 2; instance++) {
      const { answers } = await runner.run(component, [GET, GET]);
      seen.push(...answers.map((answer) => JSON.parse(answer.slice('200 [] '.length))));
    }
    await runner.close();
    const near = Date.now();
    for (const { at, now, passed } of seen) {
      expect(at).toBe(Date.UTC(2026, 0, 1));
      expect(Math.abs(near - now)).toBeLessThan(60_000);
      expect(passed).toBeGreaterThanOrEqual(0);
    }
    expect(seen[1].now).toBeGreaterThanOrEqual(seen[0].now);
    expect(new Set(seen.map(({ random }) => random)).size).toBe(4);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(4);
  });

  it('hands out the image before the component', async () => {
    const loaded = await builder.buildImage(project.input(), never);
    const { image } = loaded;
    if (!image) throw new Error('there is no image');
    const template = builder.templateComponent(image.templateKey);
    if (!template) throw new Error('there is no template');
    const travelled = decodeImage(Buffer.concat(encodeImage(image)));
    if (!travelled) throw new Error('the image cannot be read back');
    const { component } = loaded.assemble();
    expect(Buffer.compare(new ComponentAssembler(template).assemble(travelled), component)).toBe(0);
    expect(image.bytes.length).toBeLessThan(200_000);
    expect(loaded.assemble().component).toBe(component);
  });

  it.each([
    ['an exception', `${answering('x')}\nmissing.call();`, 'HANDLER_EVALUATION_FAILED', 5],
    [
      'syntax that only the engine refuses',
      'const word = /\\p{L}/u;\nexport const handler = () => word;',
      'HANDLER_SYNTAX',
      1,
    ],
    [
      'a rejected await',
      `${answering('x')}\nawait Promise.reject(new TypeError('no'));`,
      'HANDLER_EVALUATION_FAILED',
      5,
    ],
    [
      'a name the host does not have',
      "import { list } from 'alga:extension/secrets';\nexport const handler = () => list();",
      'HANDLER_NAME_NOT_EXPORTED',
      1,
    ],
    [
      'an interface the host does not have',
      "\nimport { run } from 'alga:extension/jobs';\nexport const handler = () => run();",
      'HANDLER_INTERFACE_UNKNOWN',
      2,
    ],
  ])('places %s', async (_name, source, code, line) => {
    expect(await failure(source)).toMatchObject({ code, location: { file: 'src/handler.ts', line } });
  });

  it.each([
    [
      "import { logInfo } from 'alga:extension/logging';\nlogInfo('early');",
      'alga:extension/logging.logInfo',
    ],
    ['export const seed = Math.random();', 'Math.random'],
    ['export const id = crypto.randomUUID();', 'crypto.randomUUID'],
    ['export const start = performance.now();', 'performance.now'],
  ])('names what is called too early: %s', async (line, call) => {
    const error = await failure(`${line}\n${answering('x')}`);
    expect(error.code).toBe('HANDLER_HOST_CALL_AT_LOAD');
    expect(error.message).toContain(call);
  });

  it('refuses a handler that is not a function', async () => {
    expect(await failure('export const handler = 5;')).toMatchObject({ code: 'HANDLER_EXPORT_MISSING' });
  });

  it('ends a handler that takes all memory', async () => {
    const error = await failure(
      `${answering('x')}\nconst all = []; for (;;) all.push(new Array(1e6).fill(1));`,
    );
    expect(['HANDLER_EVALUATION_FAILED', 'HANDLER_EVALUATION_TIMEOUT']).toContain(error.code);
  });

  it('kills an endless loop after two seconds, and the next save works', async () => {
    await build();
    await save(`${answering('x')}\nfor (;;);`);
    const began = performance.now();
    await expect(build()).rejects.toMatchObject({ code: 'HANDLER_EVALUATION_TIMEOUT' });
    // Two seconds of computing; a busy machine takes longer to give them.
    expect(performance.now() - began).toBeLessThan(20_000);
    await save(answering('mended'));
    expect((await build()).lane).toBe('snapshot');
    expect(notes).toEqual([]);
  });

  it('leaves an aborted build at once, even one that never ends', async () => {
    await build();
    const stuck = await handlerProject(`${answering('x')}\nfor (;;);`);
    const began = performance.now();
    const aborted = builder.build(stuck.input(), AbortSignal.timeout(700));
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
    await save(answering('newer'));
    expect(await build()).toMatchObject({ lane: 'snapshot', fromCache: false });
    expect(performance.now() - began).toBeLessThan(20_000);
    await stuck.remove();
  });

  it('builds several projects side by side', async () => {
    const others = await Promise.all(['a', 'b', 'c'].map((text) => handlerProject(answering(text))));
    const built = await Promise.all(others.map((other) => builder.build(other.input(), never)));
    const runner = new ComponentRunner();
    const answers = [];
    for (const { component } of built) answers.push((await runner.run(component, [GET])).answers[0]);
    expect(answers).toEqual(['200 [] a', '200 [] b', '200 [] c']);
    await Promise.all([runner.close(), ...others.map((other) => other.remove())]);
  });
});
