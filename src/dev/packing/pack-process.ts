import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgramLost, WarmProgram } from '../../build/child/warm-program.js';
import { entryPath } from '../../core/entry.js';
import { AlgaError, algaError, type ErrorReport } from '../../core/errors/alga-error.js';
import { contentHashOfHex } from '../../core/ids.js';
import type { Service } from '../../core/service.js';
import type { PackedBundle, PackJob } from './pack-job.js';
import { type PackQuestion, type PackReply, packReplySchema } from './pack-question.js';

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
  #folder: string | undefined;

  constructor(templateComponent: TemplateComponent) {
    this.#templateComponent = templateComponent;
  }

  async start(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#running();
  }

  async stop(): Promise<void> {
    this.#over.abort(new Error('the session is ending'));
    await (await this.#program?.catch(() => undefined))?.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  /** Packs a bundle. Throws the `BUNDLE_*` errors of what cannot be packed. */
  async pack(job: PackJob): Promise<PackedBundle> {
    const reply = await this.#ask({ job });
    if (reply.kind !== 'template-missing') return this.#bundleOf(reply);
    const again = await this.#ask({ job, template: await this.#template(reply.templateKey) });
    return this.#bundleOf(again);
  }

  async #ask(question: PackQuestion): Promise<PackReply> {
    const { signal } = this.#over;
    signal.throwIfAborted();
    try {
      return await (await this.#running()).ask(question, signal);
    } catch (error) {
      if (error instanceof ProgramLost) throw algaError('INTERNAL', { detail: error.message });
      throw error;
    }
  }

  async #bundleOf(reply: PackReply): Promise<PackedBundle> {
    if (reply.kind === 'failed') throw errorOf(reply.error);
    if (reply.kind === 'template-missing') throw new Error('an image came before its template');
    const { hash, pageEtag, sourceKey } = reply;
    return { bytes: await contentOf(reply.bundle), contentHash: contentHashOfHex(hash), pageEtag, sourceKey };
  }

  async #template(key: string): Promise<PackQuestion['template']> {
    const component = this.#templateComponent(key);
    if (component === undefined || this.#folder === undefined) return undefined;
    const file = join(this.#folder, `${key}.wasm`);
    const written = await writeFile(file, component).catch(() => 'no room');
    return { key, content: written === undefined ? { file } : { bytes: component } };
  }

  #running(): Promise<WarmProgram<PackReply>> {
    this.#program ??= this.#launch();
    return this.#program;
  }

  async #launch(): Promise<WarmProgram<PackReply>> {
    this.#folder = await mkdtemp(join(tmpdir(), 'alga-pack-'));
    const program = new WarmProgram<PackReply>({
      program: entryPath(import.meta.url, './pack-program.js'),
      cwd: process.cwd(),
      args: [this.#folder],
      serialization: 'advanced',
      reply: packReplySchema,
      onAbort: 'replace',
    });
    await program.start();
    return program;
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
