import type { ExtensionState } from '../wire/messages.js';

/** Where the frame's files come from: from the sources through Vite, or from the published bundle through the runner. */
export type FrameSource = 'live' | 'published';

/**
 * How the frame is set up. `separate`: the product's docker address on an origin of its own, with the
 * theme sent; what works here works everywhere. `docker`: of the page's own origin, as in the
 * product's docker setup. `cloud`: an address without `parentOrigin`, as in the product's cloud.
 * `sealed`: that address in the sandbox of the product's documents, which gives the frame no origin.
 */
export type FrameStyle = 'separate' | 'docker' | 'cloud' | 'sealed';

/** What the product's pages let a frame do. */
const PRODUCT_SANDBOX = 'allow-scripts allow-forms allow-popups allow-same-origin';
/** What its documents let it do. */
const DOCUMENTED_SANDBOX = 'allow-scripts';
/** Origin of messages from a frame that has none. */
export const NO_ORIGIN = 'null';

export interface FrameAddress {
  readonly src: string;
  /** Origin of the frame's document, as its messages tell it. */
  readonly origin: string;
  readonly sandbox: string;
}

export interface AddressFacts {
  readonly extension: ExtensionState;
  readonly source: FrameSource;
  readonly style: FrameStyle;
  readonly pageOrigin: string;
  /** The origin apart from the page's. */
  readonly frameOrigin: string;
  /** Path there for a sealed frame; it carries the key. */
  readonly sealedPath: string | undefined;
}

/** The frame's address; undefined when there is nothing to show yet. */
export function frameAddress(facts: AddressFacts): FrameAddress | undefined {
  const { extension, style } = facts;
  // Without sources there is nothing to serve live.
  const source = extension.developed ? facts.source : 'published';
  const { registryId, tenantId, served } = extension;
  if (source === 'published' && !served) return undefined;
  const hash = source === 'live' ? 'live' : encodeURIComponent(served?.contentHash ?? '');
  const origin = style === 'docker' ? facts.pageOrigin : facts.frameOrigin;
  const sandbox = PRODUCT_SANDBOX;
  if (style === 'cloud' && served && source === 'published') {
    const entry = new URLSearchParams({ parentOrigin: facts.pageOrigin, _h: served.contentHash });
    return { src: `${origin}/?${entry.toString()}`, origin, sandbox };
  }
  const file = `/runner/ext-ui/${registryId}/${hash}/index.html`;
  const query = new URLSearchParams({ tenant: tenantId, extensionId: registryId });
  if (style === 'cloud') return { src: `${origin}${file}?${query.toString()}`, origin, sandbox };
  if (style === 'sealed') {
    const src = `${origin}${facts.sealedPath ?? ''}${file}?${query.toString()}`;
    return { src, origin: NO_ORIGIN, sandbox: DOCUMENTED_SANDBOX };
  }
  const all = new URLSearchParams([['path', '/'], ...query, ['parentOrigin', facts.pageOrigin]]);
  return { src: `${origin}${file}?${all.toString()}`, origin, sandbox };
}
