import type { OpenSecrets } from './guest-request.js';

/** Shorter values are parts of too many other words. */
const MIN_LENGTH = 8;
const MASK = '[secret]';

/** The text with the values of an install's secrets masked: for logs and failures, which others read too. */
export function withoutSecrets(text: string, secrets: OpenSecrets | undefined): string {
  if (secrets === undefined) return text;
  // The longest first: one value may be part of another.
  const values = [...secrets.values.values()].filter((value) => value.length >= MIN_LENGTH);
  values.sort((one, other) => other.length - one.length);
  return values.reduce((masked, value) => masked.replaceAll(value, () => MASK), text);
}
