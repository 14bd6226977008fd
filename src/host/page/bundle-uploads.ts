import { ApiRefusal } from './api.js';

/** Limit of the product, compressed. */
const MOST_BYTES = 200 * 1024 * 1024;

/** What finalizing an upload answers. */
export interface PublishedAnswer {
  readonly extension: { readonly id: string; readonly name: string; readonly publisher: string };
  readonly version: { readonly id: string; readonly version: string };
}

/** Uploads bundle files by the product's own addresses. */
export class BundleUploads {
  readonly #headers: Readonly<Record<string, string>>;

  constructor(token: string) {
    this.#headers = { 'x-api-key': token, 'x-alga-admin': 'true' };
  }

  /** Uploads a bundle and publishes it. Throws {@link ApiRefusal} with the host's words. */
  async publish(
    bundle: File,
    { signature, manifest }: { signature: Blob | undefined; manifest: string },
  ): Promise<PublishedAnswer> {
    // A refusal would come while the file is still being sent, and browsers do not show it then.
    if (bundle.size > MOST_BYTES) throw new ApiRefusal('A bundle may have 200 MiB at most.');
    const query = new URLSearchParams({ filename: bundle.name, size: String(bundle.size) });
    const path = `upload-proxy?${query.toString()}`;
    const { upload } = await this.#post<{ upload: { key: string } }>(path, bundle, 'application/zstd');
    try {
      const body = {
        key: upload.key,
        size: bundle.size,
        ...(manifest.trim() === '' ? {} : { manifestJson: manifest }),
        ...(signature ? { signature: { text: await textOf(signature) } } : {}),
      };
      return await this.#post<PublishedAnswer>('finalize', JSON.stringify(body), 'application/json');
    } finally {
      // Nothing is made of an upload twice; one that cannot be taken back is thrown away by the host.
      const body = JSON.stringify({ key: upload.key });
      await this.#post('abort', body, 'application/json').catch(() => undefined);
    }
  }

  async #post<T>(path: string, body: Blob | string, type: string): Promise<T> {
    const headers = { ...this.#headers, 'content-type': type };
    const response = await fetch(`/api/ext-bundles/${path}`, { method: 'POST', headers, body });
    const answer: unknown = await response.json().catch(() => ({}));
    if (response.ok) return answer as T;
    const { error, code } = answer as { error?: string | { message?: string }; code?: string };
    const text = typeof error === 'object' ? error.message : error;
    throw new ApiRefusal(text ?? `The host answered ${response.status}`, code);
  }
}

/** The text of a signature file; one of bytes in base64, which is the other form of the same. */
async function textOf(signature: Blob): Promise<string> {
  const bytes = new Uint8Array(await signature.arrayBuffer());
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }
}
