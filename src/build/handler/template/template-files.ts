import { webcrypto } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type EngineTemplate, TEMPLATE_FORMAT, templateFactsSchema } from './engine-template.js';

const FILES = { engine: 'engine.wasm', bindings: 'bindings.js', component: 'component.wasm' } as const;
const HEAD = 'template.json';

const headSchema = z.object({
  format: z.literal(TEMPLATE_FORMAT),
  key: z.string(),
  facts: templateFactsSchema,
  /** SHA-256 in hex by file name. */
  digests: z.record(z.string(), z.string()),
});

/** Writes a template into a folder of its own. */
export async function writeTemplate(dir: string, template: EngineTemplate): Promise<void> {
  await mkdir(dir, { recursive: true });
  const digests: Record<string, string> = {};
  for (const [part, name] of Object.entries(FILES)) {
    const content = template[part as keyof typeof FILES];
    digests[name] = await digestOf(content);
    await writeFile(join(dir, name), content);
  }
  const head = { format: TEMPLATE_FORMAT, key: template.key, facts: template.facts, digests };
  await writeFile(join(dir, HEAD), JSON.stringify(head));
}

/** Reads a template; undefined unless it is there, whole, undamaged and the one asked for. */
export async function readTemplate(dir: string, key: string): Promise<EngineTemplate | undefined> {
  try {
    const head = headSchema.parse(JSON.parse(await readFile(join(dir, HEAD), 'utf8')));
    if (head.key !== key) return undefined;
    const [engine, bindings, component] = await Promise.all(
      [FILES.engine, FILES.bindings, FILES.component].map(async (name) => {
        const content = await readFile(join(dir, name));
        if ((await digestOf(content)) !== head.digests[name]) throw new Error(`${name} is damaged`);
        return content;
      }),
    );
    if (!engine || !bindings || !component) return undefined;
    return { key, dir, engine, bindings, component, facts: head.facts };
  } catch {
    return undefined;
  }
}

/** Computed beside this thread: there are 24 MB to go through. */
async function digestOf(content: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', content)).toString('hex');
}
