import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LoadReply } from '../../../src/build/handler/evaluation/load-reply.js';
import { LoadingThread } from '../../../src/build/handler/evaluation/loading-thread.js';
import { templateSubject } from '../../../src/build/handler/lane/template-subject.js';
import { baseOf } from '../../../src/build/handler/template/base-memory.js';
import { prebuiltFolders } from '../../../src/build/handler/template/prebuilt-template.js';
import { TemplateProvider } from '../../../src/build/handler/template/template-provider.js';
import { findComponentTools } from '../../../src/build/handler/tools/component-tools.js';
import { compileModule } from '../../../src/build/handler/wasm/wasm-api.js';
import { builtInDefinition } from '../../../src/build/handler/wit/interface-definition.js';

const PATH = 'src/handler.js';
const handler = (text: string): string =>
  `const said = ${JSON.stringify(text)}; export function handler() { return { status: 200, headers: [['x', said]] }; }`;

/** An engine that was started before there was a handler must not load it otherwise than a fresh one. */
describe('an engine that is started ahead', () => {
  let folder: string;
  let thread: LoadingThread;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alga-loading-'));
    const templates = new TemplateProvider({
      dir: folder,
      prebuilt: prebuiltFolders(),
      onNote: () => undefined,
    });
    const definition = await builtInDefinition();
    const template = await templates.get(
      templateSubject({ definition, features: 'default' }),
      await findComponentTools(),
    );
    const { key: templateKey, engine, bindings, facts, component } = template;
    const setup = { templateKey, bindings, facts, guestPath: PATH, base: baseOf(component) };
    thread = new LoadingThread({ ...setup, module: await compileModule(engine) }, () => {
      throw new Error('the loading thread is gone');
    });
    await templates.stop();
  });
  afterAll(async () => {
    await thread?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const waitUntilAhead = () => vi.waitFor(() => expect(thread.startedAhead).toBe(true), 30_000);
  const image = (reply: LoadReply) => {
    if ('refusal' in reply) throw new Error(reply.refusal.printed);
    const { bytes, segments } = reply.image;
    return Buffer.concat([bytes, Buffer.from(segments.buffer, segments.byteOffset, segments.byteLength)]);
  };

  it('gives the same image as one that is started for its handler', async () => {
    const question = { source: handler('one'), guestPath: PATH };
    const fresh = image(await thread.load(question));
    expect(thread.startedAhead).toBe(false);
    await waitUntilAhead();
    expect(image(await thread.load(question)).equals(fresh)).toBe(true);
    await waitUntilAhead();
    expect(image(await thread.load({ ...question, source: handler('two') })).equals(fresh)).toBe(false);
  });

  it('is left for a handler of another name', async () => {
    const source = handler('named');
    await waitUntilAhead();
    const named = image(await thread.load({ source, guestPath: 'src/other.js' }));
    await waitUntilAhead();
    expect(image(await thread.load({ source, guestPath: 'src/other.js' })).equals(named)).toBe(true);
  });

  it('explains a handler that does not load, and goes on', async () => {
    await waitUntilAhead();
    const reply = await thread.load({ source: 'throw new Error("at the top");', guestPath: 'src/other.js' });
    expect(reply).toMatchObject({ refusal: { printed: expect.stringContaining('at the top') } });
    await waitUntilAhead();
    expect(image(await thread.load({ source: handler('mended'), guestPath: 'src/other.js' }))).toBeDefined();
  });
});
