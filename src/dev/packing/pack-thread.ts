import { Worker } from 'node:worker_threads';
import { entryPath } from '../../core/entry.js';
import { AlgaError, algaError, type ErrorReport, textOf } from '../../core/errors/alga-error.js';
import type { Service } from '../../core/service.js';
import type { PackedBundle, PackJob, PackReply, ToPackThread } from './pack-job.js';

/** Gives the component that images of a template are differences to. */
export type TemplateComponent = (templateKey: string) => Uint8Array | undefined;

interface Waiting {
  resolve(bundle: PackedBundle): void;
  reject(error: Error): void;
}

/** Makes bundles in a thread of its own; started again when it was lost. */
export class PackThread implements Service {
  readonly #templateComponent: TemplateComponent;
  readonly #waiting = new Map<number, Waiting>();
  readonly #known = new Set<string>();
  #worker: Worker | undefined;
  #last = 0;
  #stopped = false;

  constructor(templateComponent: TemplateComponent) {
    this.#templateComponent = templateComponent;
  }

  async start(): Promise<void> {
    if (this.#stopped) return;
    this.#worker ??= this.#spawn();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#lost(new Error('the session is ending'));
  }

  /** Packs a bundle. Throws the `BUNDLE_*` errors of what cannot be packed. */
  pack(job: PackJob): Promise<PackedBundle> {
    if (this.#stopped) return Promise.reject(new Error('the session is ending'));
    this.#worker ??= this.#spawn();
    const worker = this.#worker;
    if (job.handler?.kind === 'image') this.#sendTemplate(worker, job.handler.image.templateKey);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ type: 'pack', id, job } satisfies ToPackThread);
    });
  }

  #sendTemplate(worker: Worker, key: string): void {
    const component = this.#known.has(key) ? undefined : this.#templateComponent(key);
    if (component === undefined) return;
    this.#known.add(key);
    worker.postMessage({ type: 'template', key, component } satisfies ToPackThread);
  }

  #spawn(): Worker {
    const worker = new Worker(entryPath(import.meta.url, './pack-program.js'));
    worker.on('message', (reply: PackReply) => this.#receive(reply));
    const gone = (cause: unknown): void => {
      if (this.#worker === worker) void this.#lost(algaError('INTERNAL', { detail: textOf(cause) }));
    };
    worker.on('error', gone).on('exit', () => gone('the packing thread ended'));
    worker.unref();
    return worker;
  }

  #receive(reply: PackReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) {
      waiting?.reject(errorOf(reply.error));
      return;
    }
    const { bytes, contentHash, pageEtag, sourceKey } = reply;
    waiting?.resolve({ bytes: Buffer.from(bytes.buffer), contentHash, pageEtag, sourceKey });
  }

  async #lost(cause: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#known.clear();
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
    await worker?.terminate();
  }
}

function errorOf({ code, message, hint, exitCode }: ErrorReport): AlgaError {
  return new AlgaError(code, { message, hint, exitCode });
}
