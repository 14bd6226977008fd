import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { z } from 'zod';
import { packageRoot } from '../../../core/entry.js';
import { type EngineTemplate, TEMPLATE_FORMAT, templateFactsSchema } from './engine-template.js';

const HEAD = 'templates.json';
const ARCHIVE = 'templates.br';
/** Window of 16 MB: each binary is found again in the one before it. */
const WINDOW_BITS = 24;

const headSchema = z.object({
  format: z.literal(TEMPLATE_FORMAT),
  /** SHA-256 in hex of the unpacked archive. */
  digest: z.string(),
  engineBytes: z.int().positive(),
  bindingsBytes: z.int().positive(),
  templates: z.array(
    z.object({ key: z.string(), componentBytes: z.int().positive(), facts: templateFactsSchema }),
  ),
});

/** Folders in which the shipped templates may lie: beside the compiled code, or in the checkout. */
export function prebuiltFolders(): string[] {
  return [
    fileURLToPath(new URL('../prebuilt', import.meta.url)),
    join(packageRoot(), 'src', 'build', 'handler', 'prebuilt'),
  ];
}

/** The template with a key from a folder of shipped ones; undefined when it is not there or damaged. */
export async function readPrebuilt(folder: string, key: string): Promise<EngineTemplate | undefined> {
  try {
    const head = headSchema.parse(JSON.parse(await readFile(join(folder, HEAD), 'utf8')));
    const found = head.templates.findIndex((template) => template.key === key);
    const template = head.templates[found];
    if (template === undefined) return undefined;
    const packed = await readFile(join(folder, ARCHIVE));
    const content = await promisify(brotliDecompress)(packed);
    if (createHash('sha256').update(content).digest('hex') !== head.digest) return undefined;
    const before = head.templates.slice(0, found).reduce((sum, entry) => sum + entry.componentBytes, 0);
    const componentAt = head.engineBytes + head.bindingsBytes + before;
    const part = (start: number, length: number): Uint8Array =>
      new Uint8Array(content.subarray(start, start + length));
    const component = part(componentAt, template.componentBytes);
    return {
      key,
      facts: template.facts,
      engine: part(0, head.engineBytes),
      bindings: part(head.engineBytes, head.bindingsBytes),
      component,
    };
  } catch {
    return undefined;
  }
}

/** Packs templates that share engine and bindings, as those of one world do, into a folder. */
export async function writePrebuilt(folder: string, templates: readonly EngineTemplate[]): Promise<void> {
  const [first] = templates;
  if (first === undefined) throw new Error('there is no template to ship');
  for (const other of templates) {
    const shared =
      Buffer.compare(first.engine, other.engine) || Buffer.compare(first.bindings, other.bindings);
    if (shared !== 0) throw new Error('templates of one world must share engine and bindings');
  }
  const content = Buffer.concat([first.engine, first.bindings, ...templates.map((entry) => entry.component)]);
  const head: z.infer<typeof headSchema> = {
    format: TEMPLATE_FORMAT,
    digest: createHash('sha256').update(content).digest('hex'),
    engineBytes: first.engine.length,
    bindingsBytes: first.bindings.length,
    templates: templates.map(({ key, component, facts }) => ({
      key,
      componentBytes: component.length,
      facts,
    })),
  };
  const packed = await promisify(brotliCompress)(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ARCHIVE), packed);
  await writeFile(join(folder, HEAD), `${JSON.stringify(head, undefined, 2)}\n`);
}
