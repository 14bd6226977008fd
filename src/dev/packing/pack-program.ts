import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { serveQuestions } from '../../build/child/question-server.js';
import { ComponentAssembler } from '../../build/handler/assembly/component-assembly.js';
import {
  archiveEntries,
  type BundleEntry,
  collectEntries,
  compressArchive,
  type PackedBundle,
  sessionCompression,
} from '../../bundle/index.js';
import { reportError } from '../../core/errors/alga-error.js';
import { hexOf } from '../../core/ids.js';
import { workingMemory } from '../../core/working-memory.js';
import type { PackedHandler, PackJob } from './pack-job.js';
import { type PackOrder, type PackReply, packQuestionSchema } from './pack-question.js';
import { sourceKeyOf } from './source-key.js';

/** The program that makes bundles. Its argument, if any, is a folder of its own for what is too large to be sent. */

type Packed = Extract<PackReply, { kind: 'packed' }>;

const COMPONENT = 'dist/main.wasm';

const [folder] = process.argv.slice(2);
const assemblers = new Map<string, ComponentAssembler>();
const forComponent = workingMemory();
const forArchive = workingMemory();
const compress = sessionCompression();

function componentOf(handler: PackedHandler): Uint8Array {
  if (handler.kind === 'component') return handler.bytes;
  const assembler = assemblers.get(handler.image.templateKey);
  if (assembler === undefined) throw new Error('an image came before its template');
  return assembler.assemble(handler.image);
}

/** The bundle of which the archive was the last answer. */
let rest: Promise<Packed> | undefined;

async function pack(
  { manifestText, handler, uiDir }: PackJob,
  archiveFolder: string | undefined,
): Promise<PackReply> {
  const entries = await collectEntries({
    manifestText,
    ...(handler ? { component: componentOf(handler) } : {}),
    ...(uiDir ? { uiDir } : {}),
  });
  const archive = await archiveEntries(entries, forArchive);
  const compressing = compressArchive(archive, compress);
  const facts = async (): Promise<Facts> => {
    // Whoever has the archive hears of it first.
    await turn();
    const others = entries.filter(({ name }) => name !== COMPONENT);
    return { pageEtag: pageEtagOf(entries), sourceKey: sourceKeyOf(handler, others) };
  };
  // Beside the compression, which other threads do.
  const name = archiveFolder && leftIn(archiveFolder, archive.tar);
  const packed = Promise.all([compressing, facts()]).then(packedBundle);
  if (name === undefined) return packed;
  rest = packed;
  packed.catch(() => undefined);
  return { kind: 'archived', name };
}

interface Facts {
  readonly pageEtag: string | undefined;
  readonly sourceKey: string;
}

async function packedBundle([{ bytes, contentHash }, facts]: [PackedBundle, Facts]): Promise<Packed> {
  return { kind: 'packed', bundle: await handedOver(bytes), hash: hexOf(contentHash), ...facts };
}

/**
 * Leaves an archive under a new name, which is given; undefined where there is no room for it. At once: behind the
 * pieces that are being compressed it would wait for its turn in the thread pool.
 */
function leftIn(folder: string, tar: Buffer): string | undefined {
  const name = randomBytes(32).toString('hex');
  const file = join(folder, `${name}.tar`);
  try {
    writeFileSync(file, tar);
    return name;
  } catch {
    rmSync(file, { force: true });
    return undefined;
  }
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
  const question = packQuestionSchema.parse(raw);
  try {
    return await (question === 'rest' ? takeRest() : fulfil(question));
  } catch (error) {
    return { kind: 'failed', error: reportError(error) };
  }
}

function takeRest(): Promise<Packed> {
  if (rest === undefined) throw new Error('the rest of a bundle was asked for before the bundle');
  const packed = rest;
  rest = undefined;
  return packed;
}

async function fulfil({ job, template, archiveFolder }: PackOrder): Promise<PackReply> {
  const { manifestText, handler, uiDir } = job;
  if (template !== undefined) {
    const { content } = template;
    const component = 'file' in content ? await readFile(content.file) : content.bytes;
    assemblers.set(template.key, new ComponentAssembler(component, forComponent));
  }
  if (handler?.kind === 'image' && !assemblers.has(handler.image.templateKey)) {
    return { kind: 'template-missing', templateKey: handler.image.templateKey };
  }
  return pack({ manifestText, handler, uiDir }, archiveFolder);
}

serveQuestions(answer, folder);
