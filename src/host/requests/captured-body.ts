import type { CapturedBody } from '../wire/records.js';

/** Bytes of a body that are kept for the author to look at. */
const KEPT_BYTES = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Keeps the beginning of a body: as text when it is UTF-8 without NUL, else as base64. */
export function captureBody(body: Buffer | undefined): CapturedBody | undefined {
  if (body === undefined) return undefined;
  const truncated = body.length > KEPT_BYTES;
  const kept = truncated ? body.subarray(0, KEPT_BYTES) : body;
  const text = textOfBytes(kept, truncated);
  return {
    size: body.length,
    truncated,
    ...(text === undefined ? { base64: kept.toString('base64') } : { text }),
  };
}

function textOfBytes(bytes: Buffer, cut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  // A cut may fall inside a character; up to three bytes at the end may be missing their rest.
  for (let drop = 0; drop <= (cut ? 3 : 0); drop++) {
    try {
      return utf8.decode(bytes.subarray(0, bytes.length - drop));
    } catch {
      // Not UTF-8 with this many bytes; try one fewer.
    }
  }
  return undefined;
}
