import type { ExtensionState } from '../wire/messages.js';

/** Where the frame's files come from: from the sources through Vite, or from the published bundle through the runner. */
export type FrameSource = 'live' | 'published';

/**
 * How the frame is set up. `separate`: the product's docker address on an origin of its own, with the
 * theme sent; what works here works everywhere. `docker`: of the page's own origin, as in the
 * product's docker setup. `cloud`: an address without `parentOrigin`, as in the product's cloud.
 */
export type FrameStyle = 'separate' | 'docker' | 'cloud';

export interface FrameAddress {
  readonly src: string;
  readonly origin: string;
}

export interface AddressFacts {
  readonly extension: ExtensionState;
  readonly source: FrameSource;
  readonly style: FrameStyle;
  readonly pageOrigin: string;
  /** The origin apart from the page's. */
  readonly frameOrigin: string;
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
  if (style === 'cloud' && served && source === 'published') {
    const entry = new URLSearchParams({ parentOrigin: facts.pageOrigin, _h: served.contentHash });
    return { src: `${origin}/?${entry.toString()}`, origin };
  }
  const query =
    style === 'cloud'
      ? new URLSearchParams({ tenant: tenantId, extensionId: registryId })
      : new URLSearchParams({
          path: '/',
          tenant: tenantId,
          extensionId: registryId,
          parentOrigin: facts.pageOrigin,
        });
  return { src: `${origin}/runner/ext-ui/${registryId}/${hash}/index.html?${query.toString()}`, origin };
}
