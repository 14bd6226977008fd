import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ProgramLost, WarmProgram } from '../../build/child/warm-program.js';
import { entryPath } from '../../core/entry.js';
import { AlgaError, algaError, type ErrorReport } from '../../core/errors/alga-error.js';
import { contentHashOfHex } from '../../core/ids.js';
import type { Service } from '../../core/service.js';
import type { ArchiveTaker, PackedBundle, PackJob } from './pack-job.js';
import { type PackOrder, type PackReply, packReplySchema } from './pack-question.js';

const ENDING = 'the session is ending';

/** Gives the component that images of a template are differences to. */
export type TemplateComponent = (templateKey: string) => Uint8Array | undefined;

/**
 * Makes bundles in a process of its own: it copies, archives and compresses some 30 MB for each, for which neither
 * the thread that answers requests must stand still nor this process keep the memory. Large things go to and fro
 * as files. A process that was lost is started again by the next bundle.
 */
export class PackProcess implements Service {
  readonly #templateComponent: TemplateComponent;
  readonly #over = new AbortController();
  #program: Promise<WarmProgram<PackReply>> | undefined;
  /** For what is too large to be sent; missing where no folder can be made. */
  #folder: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(templateComponent: TemplateComponent) {
    this.#templateComponent = templateComponent;
  }

  async start(): Promise<void> {
    if (!this.#stopping) await this.#running();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const stopped = (await this.#program)?.stop();
    this.#over.abort(new Error(ENDING));
    // At once, in case this process is not given the time to wait for the other's end, and again behind that.
    this.#removeFolder();
    await stopped;
    this.#removeFolder();
  }

  /**
   * Packs a bundle, one after the other. The `taker` has its archive meanwhile, where there is room for it; that
   * it cannot use it is its own affair. Throws the `BUNDLE_*` errors of what cannot be packed.
   */
  pack(job: PackJob, taker?: ArchiveTaker): Promise<PackedBundle> {
    // With all of it: the template of one must not be written while it is read for another.
    const packed = this.#queue.then(() => this.#packNext(job, taker));
    this.#queue = packed.catch(() => undefined);
    return packed;
  }

  async #packNext(job: PackJob, taker: ArchiveTaker | undefined): Promise<PackedBundle> {
    const order = { job, ...(taker ? { archiveFolder: taker.folder } : {}) };
    let reply = await this.#ask(order);
    if (reply.kind === 'template-missing') {
      reply = await this.#ask({ ...order, template: await this.#template(reply.templateKey) });
    }
    if (reply.kind !== 'archived') return this.#bundleOf(reply);
    const { name: archive } = reply;
    if (taker) void handOver(taker, archive);
    return { ...(await this.#bundleOf(await this.#ask('rest'))), archive };
  }

  async #ask(question: PackOrder | 'rest'): Promise<PackReply> {
    if (this.#stopping) throw new Error(ENDING);
    const { signal } = this.#over;
    try {
      return await (await this.#running()).ask(question, signal);
    } catch (error) {
      if (error instanceof ProgramLost) throw algaError('INTERNAL', { detail: error.message });
      throw error;
    }
  }

  async #bundleOf(reply: PackReply): Promise<PackedBundle> {
    if (reply.kind === 'failed') throw errorOf(reply.error);
    if (reply.kind !== 'packed') throw new Error(`no bundle came, but: ${reply.kind}`);
    const { hash, pageEtag, sourceKey } = reply;
    return { bytes: await contentOf(reply.bundle), contentHash: contentHashOfHex(hash), pageEtag, sourceKey };
  }

  async #template(key: string): Promise<PackOrder['template']> {
    const component = this.#templateComponent(key);
    if (component === undefined) return undefined;
    const file = this.#folder && join(this.#folder, `${key}.wasm`);
    const isWritten = file !== undefined && (await isFileWritten(file, component));
    return { key, content: isWritten ? { file } : { bytes: component } };
  }

  #removeFolder(): void {
    if (this.#folder === undefined) return;
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // Something was written into it meanwhile.
    }
  }

  #running(): Promise<WarmProgram<PackReply>> {
    this.#program ??= this.#launch();
    return this.#program;
  }

  async #launch(): Promise<WarmProgram<PackReply>> {
    this.#folder = await mkdtemp(join(tmpdir(), 'alga-pack-')).catch(() => undefined);
    const program = new WarmProgram<PackReply>({
      program: entryPath(import.meta.url, './pack-program.js'),
      cwd: process.cwd(),
      args: this.#folder === undefined ? [] : [this.#folder],
      serialization: 'advanced',
      reply: packReplySchema,
      onAbort: 'replace',
    });
    await program.start();
    return program;
  }
}

/** The archive is there for as long as the taker needs it. */
async function handOver(taker: ArchiveTaker, name: string): Promise<void> {
  await taker.take(name).catch(() => undefined);
  await rm(join(taker.folder, `${name}.tar`), { force: true }).catch(() => undefined);
}

async function isFileWritten(file: string, content: Uint8Array): Promise<boolean> {
  try {
    // A program that was ended has taken its folder along.
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return true;
  } catch {
    return false;
  }
}

/** The bytes of what came as a file, which is removed, or as itself where no file could be written. */
async function contentOf(bundle: { file: string } | { bytes: Uint8Array }): Promise<Buffer> {
  if ('bytes' in bundle)
    return Buffer.from(bundle.bytes.buffer, bundle.bytes.byteOffset, bundle.bytes.length);
  const bytes = await readFile(bundle.file);
  await rm(bundle.file, { force: true });
  return bytes;
}

function errorOf({ code, message, hint, exitCode }: ErrorReport): AlgaError {
  return new AlgaError(code, { message, hint, exitCode });
}
