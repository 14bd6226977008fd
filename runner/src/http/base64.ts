const SHAPE = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes standard padded base64, white space around it ignored. Gives undefined for everything
 * else: other alphabets, missing padding, stray bits behind the last byte.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (trimmed.length % 4 !== 0 || !SHAPE.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, 'base64');
  const tail = trimmed.slice(-4);
  return Buffer.from(tail, 'base64').toString('base64') === tail ? bytes : undefined;
}
