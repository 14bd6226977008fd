import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { TOKEN_HEADER } from '../front/session-token.js';

const listSchema = z.object({ names: z.array(z.string()), readable: z.boolean() });
const refusalSchema = z.object({ message: z.string().optional(), error: z.string().optional() });

/** The secrets of one extension. They go in, and their values never come out. */
export interface ExtensionSecrets {
  /** Their names; `readable` is false when this machine has not the key they were sealed with. */
  list(): Promise<z.infer<typeof listSchema>>;
  /** Sets one. Throws `CLI_REFUSED` in the host's words. */
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Speaks for the author with the host at `origin`, as the page does. */
export function extensionSecrets(
  { origin, token, patienceMs }: { origin: string; token: string; patienceMs: number },
  registryId: string,
): ExtensionSecrets {
  const ask = async (method: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${origin}/__alga/api/extensions/${registryId}/secrets`, {
      method,
      headers: { [TOKEN_HEADER]: token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    }).catch((cause: unknown) => {
      throw algaError('HOST_NOT_THERE', { origin }, { cause });
    });
    const answer: unknown = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const { message, error } = refusalSchema.parse(answer);
    throw algaError('CLI_REFUSED', { detail: message ?? error ?? `HTTP ${response.status}` });
  };
  return {
    list: async () => listSchema.parse(await ask('GET')),
    set: async (name, value) => void (await ask('PUT', { name, value })),
    remove: async (name) => void (await ask('DELETE', { name })),
  };
}
