/** A refusal of the host, in words for the author. */
export class ApiRefusal extends Error {
  /** The host's code, where it gives one. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

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

  async #ask<T>(method: string, path: string, body?: string): Promise<T> {
    const response = await fetch(`/__alga/api${path}`, {
      method,
      headers: { 'x-alga-token': this.#token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json().catch(() => ({}))) as { error?: string; message?: string };
    if (response.ok) return answer as T;
    throw new ApiRefusal(answer.message ?? answer.error ?? `The host answered ${response.status}`);
  }
}
