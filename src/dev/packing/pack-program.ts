import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { ComponentAssembler } from '../../build/handler/assembly/component-assembly.js';
import { type BundleEntry, collectEntries, packBundle, SESSION_ZSTD_LEVEL } from '../../bundle/index.js';
import { reportError } from '../../core/errors/alga-error.js';
import type { PackedHandler, PackJob, PackReply, ToPackThread } from './pack-job.js';
import { sourceKeyOf } from './source-key.js';

/**
 * The thread that makes bundles: it copies, archives and compresses some 30 MB for each, and the thread that
 * answers requests must not stand still for that.
 */

type Packed = Omit<Extract<PackReply, { bytes: unknown }>, 'id'>;

const COMPONENT = 'dist/main.wasm';

const assemblers = new Map<string, ComponentAssembler>();
let packing: Promise<void> = Promise.resolve();

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
  const { bytes, contentHash } = await packBundle(entries, { level: SESSION_ZSTD_LEVEL });
  const others = entries.filter(({ name }) => name !== COMPONENT);
  const sourceKey = sourceKeyOf(handler, others);
  return { bytes: new Uint8Array(bytes), contentHash, pageEtag: pageEtagOf(entries), sourceKey };
}

/** The runner's ETag of a file: `"sha256-<hex>"`, strong and quoted. */
function pageEtagOf(entries: readonly BundleEntry[]): string | undefined {
  const page = entries.find(({ name }) => name === 'ui/index.html');
  return page && `"sha256-${createHash('sha256').update(page.content).digest('hex')}"`;
}

async function answer(id: number, job: PackJob): Promise<void> {
  try {
    const bundle = await pack(job);
    parentPort?.postMessage({ id, ...bundle } satisfies PackReply, [bundle.bytes.buffer]);
  } catch (error) {
    parentPort?.postMessage({ id, error: reportError(error) } satisfies PackReply);
  }
}

parentPort?.on('message', (message: ToPackThread) => {
  if (message.type === 'template') {
    assemblers.set(message.key, new ComponentAssembler(message.component));
    return;
  }
  // One after the other: side by side both would only be later.
  packing = packing.then(() => answer(message.id, message.job));
});
