import { refusal, type ServiceError } from '../service-error.js';

/** What the product allows an install to store. Sizes in bytes of UTF-8 JSON text. */
export const STORAGE_LIMITS = {
  namespaceLength: 128,
  keyLength: 256,
  valueBytes: 65_536,
  metadataBytes: 4_096,
  minTtlSeconds: 60,
  maxTtlSeconds: 2_592_000,
  bulkItems: 20,
  bulkBytes: 524_288,
  keysPerNamespace: 5_120,
  namespaces: 32,
  bytes: 268_435_456,
  listDefault: 25,
  listMost: 100,
} as const;

/** One value to store, measured. */
export interface Measured {
  readonly key: string;
  readonly valueJson: string;
  readonly metadataJson: string;
  readonly valueBytes: number;
  readonly metadataBytes: number;
  readonly ttlSeconds: number | undefined;
  readonly ifRevision: number | undefined;
}

interface Item {
  readonly key: string;
  readonly value?: unknown;
  readonly metadata?: Record<string, unknown> | undefined;
  readonly ttlSeconds?: number | undefined;
  readonly ifRevision?: number | undefined;
}

/** Measures one value. Throws the storage refusals VALIDATION_FAILED and LIMIT_EXCEEDED. */
export function measure(item: Item): Measured {
  const { key, value, metadata, ttlSeconds, ifRevision } = item;
  requireKey(key);
  const valueJson = JSON.stringify(value ?? null);
  const metadataJson = JSON.stringify(metadata ?? {});
  const valueBytes = Buffer.byteLength(valueJson);
  const metadataBytes = Buffer.byteLength(metadataJson);
  requireAtMost('value', valueBytes, STORAGE_LIMITS.valueBytes);
  requireAtMost('metadata', metadataBytes, STORAGE_LIMITS.metadataBytes);
  if (ttlSeconds !== undefined) requireTtl(ttlSeconds);
  return { key, valueJson, metadataJson, valueBytes, metadataBytes, ttlSeconds, ifRevision };
}

/** Measures the values of a bulk write, which has limits of its own. */
export function measureBulk(items: readonly (Item & { schemaVersion?: number | undefined })[]): Measured[] {
  requireAtMost('items', items.length, STORAGE_LIMITS.bulkItems);
  const measured = items.map(measure);
  requireAtMost(
    'payload',
    measured.reduce((sum, item) => sum + item.valueBytes + item.metadataBytes, 0),
    STORAGE_LIMITS.bulkBytes,
  );
  if (new Set(items.map((item) => item.key)).size !== items.length) {
    throw refusal(400, 'VALIDATION_FAILED', 'Duplicate keys are not allowed in a bulk request');
  }
  if (new Set(items.map((item) => item.schemaVersion)).size > 1) {
    throw refusal(400, 'VALIDATION_FAILED', 'All items of a bulk request must share one schemaVersion');
  }
  return measured;
}

/** A key may not contain a slash: the public routes could not tell it from a path. */
export function requireKey(key: string): void {
  if (key.includes('/')) throw refusal(400, 'VALIDATION_FAILED', 'Key must not contain "/"');
}

/** The refusal of a write that would pass a quota of the install. */
export function quotaExceeded(what: string, limit: number, attempted: number): ServiceError {
  return refusal(429, 'QUOTA_EXCEEDED', `Storage quota exceeded: ${what}`, { limit, attempted });
}

function requireAtMost(what: string, value: number, limit: number): void {
  if (value <= limit) return;
  throw refusal(400, 'LIMIT_EXCEEDED', `The ${what} exceeds the limit of ${limit}`, {
    limit,
    attempted: value,
  });
}

function requireTtl(seconds: number): void {
  const { minTtlSeconds, maxTtlSeconds } = STORAGE_LIMITS;
  if (seconds >= minTtlSeconds && seconds <= maxTtlSeconds) return;
  const error = `ttlSeconds must be between ${minTtlSeconds} and ${maxTtlSeconds}`;
  throw refusal(400, 'LIMIT_EXCEEDED', error, { min: minTtlSeconds, max: maxTtlSeconds, attempted: seconds });
}
