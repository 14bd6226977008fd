/** An `apiproxy` message: the iframe asks the page to call its handler. */
export interface ProxyAsk {
  readonly route: string;
  readonly method: string;
  /** Base64; undefined for none. */
  readonly body: string | undefined;
}

/** Payload of the answer: either the bytes in base64, or a text. */
export type ProxyAnswer = { readonly body?: string } | { readonly error: string };

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What is wrong with an ask. The product never answers a bad method, and does not stop a bad route. */
export type ProxyFlaw = { readonly kind: 'method' | 'route'; readonly text: string };

/** Reads the payload of an `apiproxy` message: POST by default, a slash in front of the route if it lacks one. */
export function readAsk(payload: unknown): ProxyAsk {
  const fields = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<string, unknown>;
  const route = String(fields.route ?? '');
  const method = typeof fields.method === 'string' ? fields.method.trim().toUpperCase() : '';
  const { body } = fields;
  return {
    route: route.startsWith('/') ? route : `/${route}`,
    method: method === '' ? 'POST' : method,
    body: typeof body === 'string' ? body : undefined,
  };
}

/** What keeps an ask from being made; undefined when nothing does. */
export function flawOf(ask: ProxyAsk): ProxyFlaw | undefined {
  if (!METHODS.includes(ask.method)) {
    return { kind: 'method', text: `apiproxy with method ${ask.method}: Alga never answers it` };
  }
  const [path = ''] = ask.route.split(/[?#]/, 1);
  const segments = path.replaceAll('\\', '/').split('/');
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    return {
      kind: 'route',
      text: `apiproxy to ${ask.route}: alga dev refuses dot segments; Alga would let it reach other pages with your login`,
    };
  }
  return undefined;
}

/**
 * Calls the gateway for the iframe as the product's page does: no headers but a content type, no time
 * limit, no retry, the status of a success not passed on.
 */
export async function callGateway(registryId: string, ask: ProxyAsk): Promise<ProxyAnswer> {
  try {
    const body = ask.method === 'GET' || ask.body === undefined ? undefined : bytesOf(ask.body);
    const response = await fetch(`/api/ext-proxy/${registryId}${ask.route}`, {
      method: ask.method,
      headers: {
        'x-alga-dev-purpose': 'bridge',
        ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) return { error: `Proxy error ${response.status}: ${await response.text()}` };
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length === 0 ? {} : { body: base64Of(bytes) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function base64Of(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}
