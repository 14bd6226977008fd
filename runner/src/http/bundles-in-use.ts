import type { BundleSource } from '../cache/object-key.js';
import { BoundedMap } from '../net/bounded-map.js';
import type { WarmupWireRequest } from '../published/wire.js';

/** More extensions than one runner has at hand at a time. */
const MAX_EXTENSIONS = 1000;
/** What goes on answering is told again this often, so that the order of use is known elsewhere. */
const TELL_EVERY_MS = 1000;

interface Told {
  readonly answering: string;
  readonly at: number;
}

/**
 * What answers for each extension of a tenant at the moment: told to a supervisor, so that the
 * process after this one can have it ready before it takes over.
 */
export class BundlesInUse {
  readonly #latest = new BoundedMap<string, Told>({ maxEntries: MAX_EXTENSIONS });
  readonly #onChange: (used: WarmupWireRequest) => void;

  constructor(onChange: (used: WarmupWireRequest) => void) {
    this.#onChange = onChange;
  }

  /** A bundle, or the live component in its place, has answered or was made ready. */
  note({ tenantId, extensionId }: BundleSource, contentHash: string, liveKey?: string): void {
    const extension = JSON.stringify([tenantId, extensionId]);
    const answering = JSON.stringify([contentHash, liveKey]);
    const at = performance.now();
    const told = this.#latest.get(extension);
    if (told?.answering === answering && at - told.at < TELL_EVERY_MS) return;
    this.#latest.set(extension, { answering, at });
    this.#onChange({
      tenant_id: tenantId,
      extension_id: extensionId,
      content_hash: contentHash,
      ...(liveKey !== undefined && { live_component: liveKey }),
    });
  }
}
