import { err, ok, type Result } from '../../../runner/src/capabilities/result.js';
import type { StorageEntry } from '../../../runner/src/capabilities/storage.js';
import type { TestStorage } from '../api.js';
import { bytesOf } from '../bytes.js';

type StorageError = 'missing' | 'conflict' | 'denied' | 'internal';

/** More bytes than this do not fit the product's limit once they are base64 in JSON. */
const MAX_VALUE_BYTES = 49_149;
const PAGE = 25;
const MAX_KEY = 256;
const MAX_NAMESPACE = 128;

interface Stored {
  readonly value: Uint8Array;
  readonly revision: bigint;
}

/** Key-value storage of one install, with the product's rules for revisions, keys and sizes. */
export class MemoryStorage implements TestStorage {
  readonly #namespaces = new Map<string, Map<string, Stored>>();

  set(namespace: string, key: string, value: unknown): void {
    this.#write(namespace, key, bytesOf(value) ?? new Uint8Array());
  }

  get(namespace: string, key: string): unknown {
    const stored = this.#namespaces.get(namespace)?.get(key);
    if (stored === undefined) return undefined;
    const text = new TextDecoder().decode(stored.value);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }

  keys(namespace: string): string[] {
    return [...(this.#namespaces.get(namespace)?.keys() ?? [])].sort();
  }

  clear(): void {
    this.#namespaces.clear();
  }

  /** `storage.get` of the guest. */
  read(namespace: string, key: string): Result<StorageEntry, StorageError> {
    const stored = this.#namespaces.get(namespace)?.get(key);
    return stored === undefined ? err('missing') : ok({ namespace, key, ...stored });
  }

  /** `storage.put` of the guest: with a revision only over that revision, which must be there. */
  put(entry: StorageEntry): Result<StorageEntry, StorageError> {
    const { namespace, key, value, revision } = entry;
    if (!isKey(namespace, MAX_NAMESPACE) || !isKey(key, MAX_KEY) || key.includes('/')) return err('internal');
    if (value.length > MAX_VALUE_BYTES) return err('internal');
    const known = this.#namespaces.get(namespace)?.get(key)?.revision;
    if (revision !== undefined && revision !== known) return err('conflict');
    return ok({ ...entry, revision: this.#write(namespace, key, value) });
  }

  /** `storage.delete` of the guest: what is not there is a conflict, as in the product. */
  remove(namespace: string, key: string): Result<undefined, StorageError> {
    return this.#namespaces.get(namespace)?.delete(key) === true ? ok(undefined) : err('conflict');
  }

  /** `storage.list-entries` of the guest: a page of 25 keys greater than the cursor's. */
  list(namespace: string, cursor: string | undefined): Result<StorageEntry[], StorageError> {
    const after = cursor === undefined ? undefined : keyOfCursor(cursor);
    if (cursor !== undefined && after === undefined) return err('internal');
    const keys = this.keys(namespace).filter((key) => after === undefined || key > after);
    const entries = keys.slice(0, PAGE).map((key) => this.read(namespace, key));
    return ok(entries.flatMap((entry) => (entry.tag === 'ok' ? [entry.val] : [])));
  }

  #write(namespace: string, key: string, value: Uint8Array): bigint {
    const entries = this.#namespaces.get(namespace) ?? new Map<string, Stored>();
    this.#namespaces.set(namespace, entries);
    const revision = (entries.get(key)?.revision ?? 0n) + 1n;
    entries.set(key, { value: Uint8Array.from(value), revision });
    return revision;
  }
}

function isKey(text: string, longest: number): boolean {
  return text.length >= 1 && text.length <= longest;
}

/** A cursor is base64url of `{"key": …}`. */
function keyOfCursor(cursor: string): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string'
      ? value.key
      : undefined;
  } catch {
    return undefined;
  }
}
