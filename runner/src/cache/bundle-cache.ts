import { hasCode, text } from '../net/text.js';
import type { BundleFetch } from './bundle-fetch.js';
import type { CacheDisk } from './cache-disk.js';
import { BundleError, type BundleFault } from './errors.js';
import { type BundleSource, hexOfHash } from './object-key.js';
import type { StoredBundle } from './stored-bundle.js';

/** A bundle that stays on disk until it is released. */
export interface BundleLease {
  readonly bundle: StoredBundle;
  /** Idempotent. */
  release(): void;
}

export interface BundleCacheOptions {
  readonly disk: CacheDisk;
  readonly fetch: BundleFetch;
  readonly maxBytes: number;
  readonly offline: boolean;
  /** Fingerprint of the trust set; set: only bundles whose signature was checked against it count. */
  readonly trust?: string;
  /** A bundle has left the disk. */
  readonly onEvict?: (hex: string) => void;
}

/** A snapshot for `/metrics`; counters since start. */
export interface CacheStats {
  readonly bytes: number;
  readonly bundles: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly failures: Readonly<Partial<Record<BundleFault, number>>>;
}

interface Flight {
  readonly source: BundleSource;
  readonly promise: Promise<StoredBundle>;
}

/** What is known of one hash: on disk, being fetched, in use. */
interface Slot {
  readonly hex: string;
  leases: number;
  /** Of those, leases of who makes it ready without using it now. */
  warming: number;
  /** Unix milliseconds. */
  usedAt: number;
  touchedAt: number;
  /** Bytes on disk, 0 while there is nothing. */
  bytes: number;
  onDisk: boolean;
  bundle?: StoredBundle;
  flight?: Flight;
}

const TOUCH_EVERY_MS = 60_000;
/** Failures that say something about who asked, not about the bundle. */
const FAULTS_OF_SOURCE: ReadonlySet<BundleFault> = new Set(['bad_address', 'not_found', 'store']);

/**
 * The bundles on disk, bounded by bytes. First requests for one hash share one fetch, different
 * hashes do not wait for each other, and what is leased is never evicted.
 */
export class BundleCache {
  readonly #options: BundleCacheOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #removals = new Map<string, Promise<void>>();
  readonly #failures: Partial<Record<BundleFault, number>> = {};
  #bytes = 0;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(options: BundleCacheOptions) {
    this.#options = options;
  }

  /** Learns what earlier runs left on disk and brings it under the bound. */
  async takeStock(): Promise<void> {
    for (const found of await this.#options.disk.list()) {
      if (this.#slots.has(found.hex)) continue;
      const slot = this.#newSlot(found.hex);
      slot.usedAt = found.usedAt;
      this.#settle(slot, found.bytes);
    }
    this.#shrink();
  }

  /**
   * The bundle of a hash, fetched if need be, kept until released. The hash may have any case and a
   * `sha256:` prefix. `usedAt`: when it was last used, in Unix milliseconds, for who only makes it ready;
   * what was used later is not evicted for it. Throws `BundleError`.
   */
  async acquire(hash: string, source: BundleSource, usedAt?: number): Promise<BundleLease> {
    const hex = hexOfHash(hash);
    if (hex === undefined)
      throw this.#failed(new BundleError('bad_address', 'content hash is not a SHA-256'));
    const slot = this.#slots.get(hex) ?? this.#newSlot(hex);
    const warming = usedAt !== undefined;
    slot.leases += 1;
    if (warming) slot.warming += 1;
    slot.usedAt = Math.max(slot.usedAt, usedAt ?? Date.now());
    try {
      const bundle = await this.#bundleOf(slot, source);
      return this.#lease(slot, bundle, warming);
    } catch (error) {
      this.#letGo(slot, warming);
      throw this.#failed(asBundleError(error));
    }
  }

  /**
   * To be called when a file of a leased bundle could not be read. Gives true when the bundle was
   * taken from the disk by somebody else; the next `acquire` then fetches it anew.
   */
  async forgetIfGone(hex: string): Promise<boolean> {
    const slot = this.#slots.get(hex);
    if (slot === undefined || (await this.#options.disk.isReady(hex))) return false;
    this.#settle(slot, undefined);
    return true;
  }

  stats(): CacheStats {
    return {
      bytes: this.#bytes,
      bundles: [...this.#slots.values()].filter((slot) => slot.onDisk).length,
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      failures: this.#failures,
    };
  }

  #newSlot(hex: string): Slot {
    const slot: Slot = { hex, leases: 0, warming: 0, usedAt: 0, touchedAt: 0, bytes: 0, onDisk: false };
    this.#slots.set(hex, slot);
    return slot;
  }

  async #bundleOf(slot: Slot, source: BundleSource): Promise<StoredBundle> {
    for (;;) {
      if (slot.bundle !== undefined) {
        this.#hits += 1;
        return slot.bundle;
      }
      if (slot.flight === undefined) return await this.#fly(slot, source);
      const { promise, source: other } = slot.flight;
      try {
        return await promise;
      } catch (error) {
        // Another tenant's object may be missing where ours is not: try with our own key.
        const mayDiffer = error instanceof BundleError && FAULTS_OF_SOURCE.has(error.fault);
        if (!mayDiffer || sameSource(source, other)) throw error;
      }
    }
  }

  async #fly(slot: Slot, source: BundleSource): Promise<StoredBundle> {
    const flight: Flight = { source, promise: this.#bring(slot, source) };
    slot.flight = flight;
    try {
      return await flight.promise;
    } finally {
      if (slot.flight === flight) delete slot.flight;
    }
  }

  async #bring(slot: Slot, source: BundleSource): Promise<StoredBundle> {
    const { disk, fetch, offline, trust } = this.#options;
    await this.#removals.get(slot.hex);
    const stored = await disk.load(slot.hex, trust);
    if (stored !== undefined) this.#hits += 1;
    else this.#misses += 1;
    if (stored === undefined && offline) {
      throw new BundleError('unavailable', `runner is offline and bundle ${slot.hex} is not in its cache`);
    }
    const bundle = stored ?? (await fetch.fetch(source, slot.hex));
    slot.bundle = bundle;
    this.#settle(slot, bundle.bytes);
    this.#shrink();
    return bundle;
  }

  #lease(slot: Slot, bundle: StoredBundle, warming: boolean): BundleLease {
    let released = false;
    if (slot.usedAt - slot.touchedAt > TOUCH_EVERY_MS) {
      slot.touchedAt = slot.usedAt;
      void this.#options.disk.touch(slot.hex, slot.usedAt);
    }
    return {
      bundle,
      release: () => {
        if (released) return;
        released = true;
        this.#letGo(slot, warming);
      },
    };
  }

  #letGo(slot: Slot, warming: boolean): void {
    slot.leases -= 1;
    if (warming) slot.warming -= 1;
    if (slot.leases > 0) return;
    if (!slot.onDisk && slot.flight === undefined) this.#slots.delete(slot.hex);
    this.#shrink();
  }

  /** Sets what a slot takes on disk; undefined: nothing is there. */
  #settle(slot: Slot, bytes: number | undefined): void {
    this.#bytes += (bytes ?? 0) - slot.bytes;
    slot.bytes = bytes ?? 0;
    slot.onDisk = bytes !== undefined;
    if (bytes === undefined) delete slot.bundle;
  }

  /** The least recently used go first. What is only being made ready cannot go yet, but will in its turn. */
  #shrink(): void {
    let over = this.#bytes - this.#options.maxBytes;
    if (over <= 0) return;
    const unused = [...this.#slots.values()].filter((slot) => slot.onDisk && slot.leases === slot.warming);
    unused.sort((a, b) => a.usedAt - b.usedAt);
    for (const slot of unused) {
      if (over <= 0) return;
      over -= slot.bytes;
      if (slot.leases === 0) this.#evict(slot);
    }
  }

  #evict(slot: Slot): void {
    this.#settle(slot, undefined);
    this.#slots.delete(slot.hex);
    this.#evictions += 1;
    const removal = this.#options.disk
      .remove(slot.hex)
      .catch(() => undefined)
      .finally(() => this.#removals.delete(slot.hex));
    this.#removals.set(slot.hex, removal);
    this.#options.onEvict?.(slot.hex);
  }

  #failed(error: BundleError): BundleError {
    this.#failures[error.fault] = (this.#failures[error.fault] ?? 0) + 1;
    return error;
  }
}

function sameSource(a: BundleSource, b: BundleSource): boolean {
  return a.tenantId === b.tenantId && a.extensionId === b.extensionId;
}

function asBundleError(error: unknown): BundleError {
  if (error instanceof BundleError) return error;
  const full = hasCode(error, 'ENOSPC', 'EDQUOT') ? 'no space left in the cache folder' : text(error);
  return new BundleError('disk', full, { cause: error });
}
