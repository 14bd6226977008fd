import type { DebugEvent } from './debug-event.js';

/** Events kept of one extension. */
const KEPT = 2000;

/** An event with its place in the stream of its extension. */
export interface StoredEvent {
  readonly id: string;
  readonly event: DebugEvent;
}

type Listener = (stored: StoredEvent) => void;

/** The latest debug events of each tenant's extension, and who follows them. */
export class DebugHistory {
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #listeners = new Map<string, Set<Listener>>();
  #sequence = 0;

  add(event: DebugEvent): void {
    if (!event.extensionId) return;
    const key = keyOf(event.tenantId ?? 'unknown', event.extensionId);
    const stored = { id: `${event.ts}-${this.#sequence++}`, event };
    const stream = this.#streams.get(key) ?? [];
    stream.push(stored);
    if (stream.length > KEPT) stream.shift();
    this.#streams.set(key, stream);
    for (const listener of this.#listeners.get(key) ?? []) listener(stored);
  }

  /** The latest events, oldest first. */
  tail(tenantId: string, extensionId: string, count: number): readonly StoredEvent[] {
    return count <= 0 ? [] : (this.#streams.get(keyOf(tenantId, extensionId)) ?? []).slice(-count);
  }

  /** Up to `count` events after the one with that id, or from the oldest. */
  after(tenantId: string, extensionId: string, lastId: string, count: number): readonly StoredEvent[] {
    const stream = this.#streams.get(keyOf(tenantId, extensionId)) ?? [];
    const at = stream.findIndex(({ id }) => id === lastId);
    return stream.slice(at + 1, at + 1 + count);
  }

  /** Calls `listener` for every further event; gives the function that ends it. */
  follow(tenantId: string, extensionId: string, listener: Listener): () => void {
    const key = keyOf(tenantId, extensionId);
    const listeners = this.#listeners.get(key) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(key, listeners);
    return () => listeners.delete(listener);
  }
}

function keyOf(tenantId: string, extensionId: string): string {
  return `${tenantId}:${extensionId}`.toLowerCase();
}
