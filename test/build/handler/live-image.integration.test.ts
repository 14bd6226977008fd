import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSameState } from '../../../runner/src/engine/prepare/initial-state.js';
import { Preparer } from '../../../runner/src/engine/prepare/preparation.js';
import { type MemoryImage, writeImage } from '../../../runner/src/engine/wasm/memory-image.js';
import { createHandlerBuilder, encodeImage, type HandlerBuilder } from '../../../src/build/handler/index.js';
import { answering, type HandlerProject, handlerProject } from './projects.js';

const never = new AbortController().signal;
const MAX_PAGES = 16_384;
/** Takes more memory than an empty handler does. */
const BIG_HEAP = `const words = Array.from({ length: 150_000 }, (_, i) => 'word ' + i);
export function handler() { return { status: 200, headers: [], body: new TextEncoder().encode(words.at(-1)) }; }`;

let project: HandlerProject;
let builder: HandlerBuilder;

beforeAll(async () => {
  project = await handlerProject(answering('hello'));
  builder = createHandlerBuilder({ cacheDir: join(project.root, 'cache'), lanes: ['snapshot'] });
});
afterAll(async () => {
  await builder.stop();
  await project.remove();
});

/** Builds a handler, and leaves its image, its component and the component of its template in a folder. */
async function placed(source: string): Promise<{ image: string; component: string }> {
  await project.write('src/handler.ts', source);
  const built = await builder.buildImage(project.input(), never);
  if (built.image === undefined) throw new Error('there is no image');
  const { templateKey } = built.image;
  const template = builder.templateComponent(templateKey);
  if (template === undefined) throw new Error('there is no template');
  const at = (name: string): string => join(project.root, name);
  await writeFile(at(`${templateKey}.wasm`), template);
  await writeFile(at(`${built.inputsHash}.image`), Buffer.concat(encodeImage(built.image)));
  await writeFile(at(`${built.inputsHash}.wasm`), built.assemble().component);
  return { image: at(`${built.inputsHash}.image`), component: at(`${built.inputsHash}.wasm`) };
}

const input = (kind: 'image' | 'component', file: string) => ({
  kind,
  hash: 'a'.repeat(64),
  file,
  sourceMapFile: undefined,
});

function memoryOf(image: MemoryImage): Uint8Array {
  const memory = new Uint8Array(image.size);
  writeImage(image, memory);
  return memory;
}

describe('a handler that runs from its image', () => {
  it.each([
    ['a small one', answering('hi')],
    ['one with a big heap', BIG_HEAP],
  ])('starts with exactly what its component starts with: %s', async (_name, source) => {
    const preparer = new Preparer(MAX_PAGES);
    const { image, component } = await placed(source);
    const [fromImage, fromComponent] = [
      (await preparer.prepare(input('image', image))).preparation,
      (await preparer.prepare(input('component', component))).preparation,
    ];
    expect(fromImage.shape.key).toBe(fromComponent.shape.key);
    expect(isSameState(fromImage.state, fromComponent.state)).toBe(true);
    const other = (await preparer.prepare(input('image', (await placed(answering('other'))).image)))
      .preparation;
    expect(isSameState(other.state, fromComponent.state)).toBe(false);
    expect(fromImage.state.globals).toEqual(fromComponent.state.globals);
    for (const [index, image] of fromComponent.state.images.entries()) {
      const own = fromImage.state.images[index];
      expect(own?.size).toBe(image?.size);
      if (own && image) expect(Buffer.compare(memoryOf(own), memoryOf(image))).toBe(0);
    }
  });

  it('is refused when the image is damaged', async () => {
    const { image } = await placed(answering('damaged'));
    await truncate(image, 5_000);
    await expect(new Preparer(MAX_PAGES).prepare(input('image', image))).rejects.toThrow('image');
  });
});
