import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveQuestions } from '../../build/child/question-server.js';
import { ComponentAssembler } from '../../build/handler/assembly/component-assembly.js';
import { type BundleEntry, collectEntries, packBundle, SESSION_ZSTD_LEVEL } from '../../bundle/index.js';
import { reportError } from '../../core/errors/alga-error.js';
import { hexOf } from '../../core/ids.js';
import { workingMemory } from '../../core/working-memory.js';
import type { PackedHandler, PackJob } from './pack-job.js';
import { type PackReply, packQuestionSchema } from './pack-question.js';
import { sourceKeyOf } from './source-key.js';

/** The program that makes bundles. Its argument, if any, is a folder of its own for what is too large to be sent. */

type Packed = Extract<PackReply, { kind: 'packed' }>;

const COMPONENT = 'dist/main.wasm';

const [folder] = process.argv.slice(2);
const assemblers = new Map<string, ComponentAssembler>();
const forComponent = workingMemory();
const forArchive = workingMemory();

function componentOf(handler: PackedHandler): Uint8Array {
  if (handler.kind === 'component') return handler.bytes;
  const assembler = assemblers.get(handler.image.templateKey);
  if (assembler === undefined) throw new Error('an image came before its template');
  return assembler.assemble(handler.image);
}

async function pack({ manifestText, handler, uiDir }: PackJob): Promise<Packed> {
  const entries = await collectEntries({
    manifestText,
    ...(handler ? { component: componentOf(handler) } : {}),
    ...(uiDir ? { uiDir } : {}),
  });
  const { bytes, contentHash } = await packBundle(entries, {
    level: SESSION_ZSTD_LEVEL,
    allocate: forArchive,
  });
  const others = entries.filter(({ name }) => name !== COMPONENT);
  const pageEtag = pageEtagOf(entries);
  return {
    kind: 'packed',
    bundle: await handedOver(bytes),
    hash: hexOf(contentHash),
    ...(pageEtag === undefined ? {} : { pageEtag }),
    sourceKey: sourceKeyOf(handler, others),
  };
}

/** As a file: some megabytes through the channel would take longer than writing and reading them. */
async function handedOver(bytes: Buffer): Promise<Packed['bundle']> {
  if (folder === undefined) return { bytes };
  const file = join(folder, `${randomUUID()}.tar.zst`);
  try {
    await writeFile(file, bytes);
    return { file };
  } catch {
    await rm(file, { force: true });
    return { bytes };
  }
}

/** The runner's ETag of a file: `"sha256-<hex>"`, strong and quoted. */
function pageEtagOf(entries: readonly BundleEntry[]): string | undefined {
  const page = entries.find(({ name }) => name === 'ui/index.html');
  return page && `"sha256-${createHash('sha256').update(page.content).digest('hex')}"`;
}

async function answer(raw: unknown): Promise<PackReply> {
  const { job, template } = packQuestionSchema.parse(raw);
  const { manifestText, handler, uiDir } = job;
  try {
    if (template !== undefined) {
      const { content } = template;
      const component = 'file' in content ? await readFile(content.file) : content.bytes;
      assemblers.set(template.key, new ComponentAssembler(component, forComponent));
    }
    if (handler?.kind === 'image' && !assemblers.has(handler.image.templateKey)) {
      return { kind: 'template-missing', templateKey: handler.image.templateKey };
    }
    return await pack({ manifestText, handler, uiDir });
  } catch (error) {
    return { kind: 'failed', error: reportError(error) };
  }
}

serveQuestions(answer, folder);
