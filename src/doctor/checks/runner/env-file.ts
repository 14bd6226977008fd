import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Fix } from '../../check.js';
import { foldersAbove } from '../../view.js';

const NAME = '.env.runner';
/** How far above the project a product checkout's file is looked for. */
const LEVELS = 4;

/** Names the runner reads, and the names that stand in example files for them but are never read. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ALGA_AUTH_KEY: ['RUNNER_ALGA_AUTH_KEY'],
  REGISTRY_BASE_URL: ['RUNNER_REGISTRY_BASE_URL'],
  BUNDLE_STORE_BASE: ['RUNNER_BUNDLE_STORE_BASE'],
};

/** A `.env.runner` near the project can start a runner. */
export const runnerEnvFileCheck: Check = {
  id: 'runner.env-file',
  title: 'A .env.runner near the project can start a runner',
  group: 'runner',
  why: 'The runner\'s container ends at once, with "ALGA_AUTH_KEY is not set" in a log nobody reads.',
  run: async (view) => {
    const found = await nearestFile(await view.root());
    if (found === undefined) return [];
    const { path, text } = found;
    const values = valuesOf(text);
    const missing = Object.keys(NEEDED).filter((name) => !values.get(name));
    if (missing.length === 0) return [];
    return [
      {
        severity: 'problem',
        seen: `${path} does not set ${missing.join(', ')}`,
        expected: `it sets ${Object.keys(NEEDED).join(', ')}; names that begin with RUNNER_ are not read`,
        fix: fixOf(path, text, missing),
      },
    ];
  },
};

async function nearestFile(root: string): Promise<{ path: string; text: string } | undefined> {
  for (const folder of foldersAbove(root).slice(0, LEVELS)) {
    const path = join(folder, NAME);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

function valuesOf(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => /^\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line));
  return new Map(
    lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const])),
  );
}

/** Copies what stands under a name that is not read; the rest only the author knows. */
function fixOf(path: string, text: string, missing: readonly string[]): Fix {
  const values = valuesOf(text);
  const lines = missing.flatMap((name) => {
    const value = (NEEDED[name] ?? []).map((other) => values.get(other)).find((known) => known);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const base = { summary: `Set ${missing.join(', ')} in ${NAME}`, command: `edit ${path}`, safe: false };
  if (lines.length < missing.length) return base;
  const after = `${text.replace(/\n?$/, '\n')}${lines.join('\n')}\n`;
  return { ...base, plan: async () => [{ kind: 'file', path, before: text, after }] };
}
