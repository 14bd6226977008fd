/** The message of anything that was thrown; for a refused or reset connection its system code too. */
export function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Whether this is a system error of the given code (`ENOENT`, `EEXIST`, ...). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

const encoder = new TextEncoder();

/**
 * The text cut to at most `maxBytes` bytes of UTF-8, never inside a character.
 */
export function truncateUtf8(value: string, maxBytes: number): { text: string; truncated: boolean } {
  if (value.length * 3 <= maxBytes) return { text: value, truncated: false };
  const bytes = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(value, bytes);
  return read === value.length
    ? { text: value, truncated: false }
    : { text: value.slice(0, read), truncated: true };
}
