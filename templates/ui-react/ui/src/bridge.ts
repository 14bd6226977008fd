/**
 * The page's line to Alga PSA: messages of protocol version "1" between this iframe and the page around it.
 * A handler is called with `apiproxy`; the host sends it on with the user's session and answers with
 * `apiproxy_response`. The iframe itself may not call the handler's address.
 */

const VERSION = '1';
const TIMEOUT_MS = 15_000;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** CSS variables of the host's current theme, by name. */
export type ThemeTokens = Readonly<Record<string, string>>;

export interface Bridge {
  /** Tells the host that the page can be shown. */
  ready(): void;
  /** Calls the handler and gives its JSON answer; rejects with the host's text when it did not answer 2xx. */
  call<T>(method: Method, route: string, body?: unknown): Promise<T>;
  /** Calls `listener` with each theme the host sends; gives a function that ends it. */
  onTheme(listener: (tokens: ThemeTokens) => void): () => void;
}

interface Envelope {
  readonly alga: true;
  readonly version: string;
  readonly type: string;
  readonly request_id?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

interface Pending {
  resolve(body: string): void;
  reject(error: Error): void;
}

/** Opens the line to the page around this iframe. One per page. */
export function connect(): Bridge {
  const parentOrigin = findParentOrigin();
  const pending = new Map<string, Pending>();
  const themeListeners = new Set<(tokens: ThemeTokens) => void>();

  const send = (type: string, payload: Record<string, unknown>, requestId?: string) => {
    const envelope: Envelope = { alga: true, version: VERSION, type, payload, request_id: requestId };
    window.parent.postMessage(envelope, parentOrigin ?? '*');
  };

  window.addEventListener('message', (event) => {
    // Any window can post a message here: only the page around us is listened to.
    if (event.source !== window.parent) return;
    if (parentOrigin !== undefined && event.origin !== parentOrigin) return;
    if (!isEnvelope(event.data)) return;
    const { type, request_id: requestId, payload = {} } = event.data;
    if (type === 'theme') {
      for (const listener of themeListeners) listener(themeOf(payload));
    } else if (type === 'apiproxy_response' && requestId !== undefined) {
      const waiting = pending.get(requestId);
      pending.delete(requestId);
      if (typeof payload.error === 'string') waiting?.reject(new Error(payload.error));
      else waiting?.resolve(typeof payload.body === 'string' ? payload.body : '');
    }
  });

  const ask = (payload: Record<string, unknown>) =>
    new Promise<string>((resolve, reject) => {
      const id = crypto.randomUUID();
      const timer = setTimeout(() => {
        pending.delete(id);
        reject(new Error(`No answer from the handler within ${TIMEOUT_MS / 1000} seconds`));
      }, TIMEOUT_MS);
      pending.set(id, {
        resolve: (body) => {
          clearTimeout(timer);
          resolve(body);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      send('apiproxy', payload, id);
    });

  return {
    ready: () => send('ready', {}),
    onTheme: (listener) => {
      themeListeners.add(listener);
      return () => themeListeners.delete(listener);
    },
    call: async <T>(method: Method, route: string, body?: unknown) => {
      const encoded = body === undefined ? undefined : toBase64(JSON.stringify(body));
      const answer = await ask({ route, method, ...(encoded === undefined ? {} : { body: encoded }) });
      return (answer === '' ? null : JSON.parse(fromBase64(answer))) as T;
    },
  };
}

/**
 * Origin of the page around us: from the browser where it tells, else as the host put it into our address,
 * else from the referrer. When nothing tells, undefined: then the sender's window alone is checked.
 */
function findParentOrigin(): string | undefined {
  const candidates = [
    window.location.ancestorOrigins?.[0],
    new URLSearchParams(window.location.search).get('parentOrigin'),
    document.referrer,
  ];
  for (const candidate of candidates) {
    if (candidate && URL.canParse(candidate)) return new URL(candidate).origin;
  }
  return undefined;
}

function isEnvelope(data: unknown): data is Envelope {
  if (typeof data !== 'object' || data === null) return false;
  const message = data as Partial<Envelope>;
  return message.alga === true && message.version === VERSION && typeof message.type === 'string';
}

function themeOf(payload: Readonly<Record<string, unknown>>): ThemeTokens {
  const known = Object.entries(payload).filter(
    (entry): entry is [string, string] => entry[0].startsWith('--alga-') && typeof entry[1] === 'string',
  );
  return Object.fromEntries(known);
}

function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
