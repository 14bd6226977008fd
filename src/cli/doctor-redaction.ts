import { homedir, userInfo } from 'node:os';

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi, '$1<credentials>@'],
  [
    /\b(?:password|secret|token|api[_-]?key|authorization)(["']?\s*[=:]\s*["']?)[^\s"',}]+/gi,
    '<redacted>$1<redacted>',
  ],
  [/\b(?:eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,})\b/g, '<redacted>'],
];

/** A copy of plain data in which secrets, the home folder and the user's name are blotted out. */
export function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactedText(value);
  if (Array.isArray(value)) return value.map(redacted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(item)]));
}

function redactedText(text: string): string {
  const blotted = SECRETS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text).replaceAll(
    homedir(),
    '~',
  );
  const { username } = userInfo();
  // A short name would be found inside ordinary words.
  return username.length < 5 ? blotted : blotted.replaceAll(username, '<user>');
}
