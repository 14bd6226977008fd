import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages the runner's program imports, tests left out. */
function importedPackages(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  const specifiers = files.flatMap((file) => {
    const text = readFileSync(join(root, 'src', file), 'utf8');
    return [...text.matchAll(/(?:from|import\() ?'([^'.][^']*)'/g)].map((match) => match[1] ?? '');
  });
  const packages = specifiers
    .filter((name) => !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return [...new Set(packages)].sort();
}

it('the image holds every package the runner imports, and no other', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const kept = /ARG RUNNER_PACKAGES="([^"]+)"/.exec(dockerfile)?.[1]?.split(' ') ?? [];
  expect(kept.sort()).toEqual(importedPackages());
});
