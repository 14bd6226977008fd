/** Reads `NAME=value` lines as the shell and container tools do: comments and quotes are no part of a value. */
export function envValues(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => /^\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line));
  return new Map(
    lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', unquoted(match[2] ?? '')] as const])),
  );
}

/** The text with `name` set to `value`: its line replaced, or a line added at the end. */
export function withEnvValue(text: string, name: string, value: string): string {
  const line = new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=).*$`, 'm');
  if (line.test(text)) return text.replace(line, (_, head: string) => `${head}${value}`);
  return `${text.replace(/\n?$/, '\n')}${name}=${value}\n`;
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}
