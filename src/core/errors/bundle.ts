import { spec } from './define.js';

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** Errors of the `bundle` room. See `catalogue.ts` for how they are joined. */
export const bundleErrors = {
  BUNDLE_TOO_LARGE: spec<{ size: number; limit: number; largest: string }>(
    1,
    (p) => `The bundle is ${mib(p.size)} compressed; the product takes at most ${mib(p.limit)}.`,
    (p) => `Ship less: the largest file is ${p.largest}. Then run: alga build`,
  ),
  BUNDLE_LIMIT_EXCEEDED: spec<{ what: string; value: number; limit: number }>(
    1,
    (p) => `The bundle has ${p.value} ${p.what}; at most ${p.limit} are accepted.`,
    () => 'Leave out what the extension does not serve (source maps, fonts, test data), then run: alga build',
  ),
  BUNDLE_UI_MISSING: spec<{ dir: string }>(
    1,
    (p) => `The UI folder ${p.dir} is missing or has no index.html.`,
    () => 'The product serves ui/index.html and nothing else as the page. Build the UI, then run: alga build',
  ),
  BUNDLE_NAME_REFUSED: spec<{ name: string; reason: string }>(
    1,
    (p) => `The bundle entry ${JSON.stringify(p.name)} cannot be shipped: ${p.reason}.`,
    () => 'Rename the file: the runner skips or refuses such a name without telling anyone.',
  ),
  BUNDLE_NAME_COLLISION: spec<{ first: string; second: string }>(
    1,
    (p) => `The bundle entries ${JSON.stringify(p.first)} and ${JSON.stringify(p.second)} collide.`,
    () =>
      'Names must differ in more than upper and lower case, and a file cannot also be a folder. Rename one.',
  ),
  BUNDLE_SECRET_FILE: spec<{ name: string }>(
    1,
    (p) => `${p.name} looks like a private key or a credentials file and would be readable by every user.`,
    () =>
      'Move it out of the UI folder. Secrets for the handler belong to the install: alga secrets set <name>',
  ),
  BUNDLE_LINK_OUTSIDE: spec<{ name: string; target: string }>(
    1,
    (p) => `${p.name} is a link to ${p.target}, which is missing or outside the UI folder.`,
    () => 'Copy the file into the UI folder, or remove the link.',
  ),
  BUNDLE_ENTRY_KIND_REFUSED: spec<{ name: string; kind: string }>(
    1,
    (p) => `The archive entry ${JSON.stringify(p.name)} is a ${p.kind}; only files and folders are accepted.`,
    () => 'Pack the extension again with: alga build',
  ),
  BUNDLE_CORRUPT: spec<{ reason: string }>(
    1,
    (p) => `The bundle cannot be read: ${p.reason}.`,
    () => 'It must be one tar archive in one zstd frame. Pack the extension again with: alga build',
  ),
} as const;
