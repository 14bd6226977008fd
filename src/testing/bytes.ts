/** Bytes and texts as they are, anything else as JSON text; undefined stays undefined. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Whether {@link bytesOf} would send a value as JSON. */
export function isJson(value: unknown): boolean {
  return value !== undefined && typeof value !== 'string' && !(value instanceof Uint8Array);
}

/** The last value of each header name, by lower-case name. */
export function headerMap(headers: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value]));
}
