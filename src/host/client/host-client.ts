import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { TOKEN_HEADER } from '../front/session-token.js';
import { LIVE_PATH, PROTOCOL, TOKEN_PREFIX } from '../live/live-address.js';
import type { ChannelMessage } from '../wire/messages.js';
import type { RequestRecord } from '../wire/records.js';
import { type ExtensionSecrets, extensionSecrets } from './extension-secrets.js';

const extensionSchema = z.object({
  registryId: z.string(),
  extension: z.string(),
  projectRoot: z.string(),
});

/** What a client needs of the boot data that every page carries. */
const factsSchema = z.object({
  token: z.string(),
  tenant: z.object({ id: z.string(), name: z.string() }),
  users: z.array(z.object({ key: z.string(), name: z.string(), title: z.string() })),
  extensions: z.array(extensionSchema),
  loadError: z.object({ message: z.string() }).optional(),
});

/** Who and what a running session works for. */
export type SessionFacts = Omit<z.infer<typeof factsSchema>, 'token' | 'loadError'>;

export interface HostClientOptions {
  /** Origin of the host. */
  readonly origin: string;
  /** Milliseconds after which a host that does not answer counts as gone. Default 5000. */
  readonly patienceMs?: number;
}

/** A session's host as another program on this machine sees it. */
export interface HostClient {
  readonly origin: string;
  readonly facts: SessionFacts;
  /** The latest requests through the gateway, newest first. */
  recentRequests(): Promise<readonly RequestRecord[]>;
  /** The secrets of an extension of the session. */
  secrets(registryId: string): ExtensionSecrets;
  /** Hears everything pages hear. Resolves when the session ends or the signal aborts. */
  follow(onMessage: (message: ChannelMessage) => void, signal: AbortSignal): Promise<void>;
}

/** Settings page: there whatever extensions the session has. */
const BOOT_PAGE = '/msp/settings/extensions';
const BOOT_DATA = /<script type="application\/json" id="boot">(.*?)<\/script>/s;
const PATIENCE_MS = 5000;

/**
 * Connects to a running host the way its own pages do: the session's token is in the page and nowhere
 * else, so it never lies on disk. Throws `HOST_NOT_THERE`, and `CLI_REFUSED` when its database is away.
 */
export async function connectToHost(options: HostClientOptions): Promise<HostClient> {
  const { origin, patienceMs = PATIENCE_MS } = options;
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    try {
      const signal = AbortSignal.timeout(patienceMs);
      const response = await fetch(`${origin}${path}`, { headers, signal, redirect: 'error' });
      if (response.ok) return response;
      throw new Error(`it answered ${response.status}`);
    } catch (cause) {
      throw algaError('HOST_NOT_THERE', { origin }, { cause });
    }
  };
  const { token, loadError, ...facts } = readFacts(await (await ask(BOOT_PAGE)).text(), origin);
  if (loadError) throw algaError('CLI_REFUSED', { detail: loadError.message });
  return {
    origin,
    facts,
    recentRequests: async () => {
      const response = await ask('/__alga/api/requests', { [TOKEN_HEADER]: token });
      // The host's own answer to its own client: its shape is that of this very program.
      return ((await response.json()) as { requests: RequestRecord[] }).requests;
    },
    secrets: (registryId) => extensionSecrets({ origin, token, patienceMs }, registryId),
    follow: (onMessage, signal) => follow({ origin, token }, onMessage, signal),
  };
}

function readFacts(html: string, origin: string): z.infer<typeof factsSchema> {
  try {
    return factsSchema.parse(JSON.parse(BOOT_DATA.exec(html)?.[1] ?? ''));
  } catch (cause) {
    throw algaError('HOST_NOT_THERE', { origin }, { cause });
  }
}

async function follow(
  { origin, token }: { origin: string; token: string },
  onMessage: (message: ChannelMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const { WebSocket } = await import('ws');
  if (signal.aborted) return;
  const address = `${origin.replace(/^http/, 'ws')}${LIVE_PATH}`;
  const socket = new WebSocket(address, [PROTOCOL, `${TOKEN_PREFIX}${token}`]);
  const leave = (): void => socket.terminate();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      let failure: Error | undefined;
      socket.on('message', (data) => onMessage(JSON.parse(data.toString()) as ChannelMessage));
      socket.on('error', (error) => {
        failure = error;
      });
      socket.on('close', () => {
        if (failure === undefined || signal.aborted) resolve();
        else reject(algaError('HOST_NOT_THERE', { origin }, { cause: failure }));
      });
    });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
