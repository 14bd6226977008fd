/** A refusal of the host, in words for the author. */
export class ApiRefusal extends Error {}

/** The author's routes of the host. */
export class Api {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  /** Changes something. Throws {@link ApiRefusal} with the host's words when it refuses. */
  change<T = unknown>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown = {},
  ): Promise<T> {
    return this.#ask<T>(method, path, JSON.stringify(body));
  }

  /** Sends a file as it is, with a signature of it if there is one. Throws {@link ApiRefusal}. */
  async upload<T>(path: string, file: Blob, signature?: Blob): Promise<T> {
    const signed = signature && { 'x-alga-signature': base64(new Uint8Array(await signature.arrayBuffer())) };
    return this.#ask<T>('POST', path, file, { 'content-type': 'application/zstd', ...signed });
  }

  async #ask<T>(
    method: string,
    path: string,
    body?: string | Blob,
    more: Record<string, string> = {},
  ): Promise<T> {
    const response = await fetch(`/__alga/api${path}`, {
      method,
      headers: { 'x-alga-token': this.#token, 'content-type': 'application/json', ...more },
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json().catch(() => ({}))) as { error?: string; message?: string };
    if (response.ok) return answer as T;
    throw new ApiRefusal(answer.message ?? answer.error ?? `The host answered ${response.status}`);
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
