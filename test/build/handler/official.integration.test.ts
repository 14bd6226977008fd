import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandlerBuilder, type HandlerBuilder } from '../../../src/build/handler/index.js';
import { answering, type HandlerProject, handlerProject } from './projects.js';

const never = new AbortController().signal;
let project: HandlerProject;
let builder: HandlerBuilder;

beforeAll(async () => {
  project = await handlerProject(answering('one'));
  builder = createHandlerBuilder({ cacheDir: project.cacheDir, lanes: ['official'] });
  await builder.start();
});
afterAll(async () => {
  await builder.stop();
  await project.remove();
});

describe('the official tools', () => {
  it('build a component, and take it from the cache the next time', async () => {
    const first = await builder.build(project.input(), never);
    expect([...first.component.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
    expect(first).toMatchObject({ fromCache: false, guestPath: 'src/handler.js' });
    const second = await builder.build(project.input(), never);
    expect(second.fromCache).toBe(true);
    expect(second.inputsHash).toBe(first.inputsHash);
    expect(Buffer.compare(second.component, first.component)).toBe(0);
  });

  it('place an exception at load in the author’s file', async () => {
    await project.write('src/handler.ts', `type A = 1;\n\n${answering('x')}missing.call();\n`);
    const error = await builder.build(project.input(), never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'HANDLER_EVALUATION_FAILED',
      location: { file: 'src/handler.ts', line: 6, column: 1 },
    });
  });
});
