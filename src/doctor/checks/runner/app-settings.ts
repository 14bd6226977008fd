import type { Check, Fix } from '../../check.js';
import { withEnvValue } from '../../sources/env-file.js';
import { appEnvironment, nearestSettings, type SettingsFile } from '../../sources/product-files.js';

/** What has to be the same on both sides: name for the runner, names for the app, strongest first. */
const PAIRS: readonly (readonly [runner: readonly string[], app: readonly string[]])[] = [
  [
    ['RUNNER_STORAGE_API_TOKEN', 'RUNNER_SERVICE_TOKEN'],
    ['RUNNER_STORAGE_API_TOKEN', 'RUNNER_SERVICE_TOKEN'],
  ],
  [['ALGA_AUTH_KEY'], ['ALGA_AUTH_KEY']],
  [['S3_ACCESS_KEY', 'MINIO_ACCESS_KEY'], ['STORAGE_S3_ACCESS_KEY']],
  [['S3_SECRET_KEY', 'MINIO_SECRET_KEY'], ['STORAGE_S3_SECRET_KEY']],
  [['S3_REGION'], ['STORAGE_S3_REGION']],
];

/** Runner and app of the checkout around the project were given the same. */
export const runnerAppSettingsCheck: Check = {
  id: 'runner.app-settings',
  title: 'The .env.runner agrees with the settings of the app',
  group: 'runner',
  why: 'Tokens, keys or bucket that differ look like a missing capability, a denial, or extract_failed.',
  run: async (view) => {
    const place = await view.productPlace();
    const [file, app] = await Promise.all([nearestSettings(place, '.env.runner'), appEnvironment(place)]);
    if (file === undefined || app === undefined) return [];
    const changes = new Map<string, string>();
    for (const [names, wanted] of PAIRS) {
      // The runner takes a variable that is set but empty; the app does not.
      const name = names.find((candidate) => file.values.has(candidate)) ?? names[0] ?? '';
      const value = wanted.map((candidate) => app.values.get(candidate)?.trim()).find(Boolean);
      if (value !== undefined && file.values.has(name) && file.values.get(name) !== value)
        changes.set(name, value);
    }
    const base = storeBase(file, app.values);
    if (base !== undefined) changes.set('BUNDLE_STORE_BASE', base);
    if (changes.size === 0) return [];
    const names = [...changes.keys()].join(', ');
    return [
      {
        severity: 'problem',
        seen: `${file.path} has another ${names} than ${app.path}`,
        expected: 'both sides have the same',
        fix: fixOf(file, changes, names),
      },
    ];
  },
};

/** The runner's address of the store with the app's bucket; undefined when it has that already. */
function storeBase({ values }: SettingsFile, app: ReadonlyMap<string, string>): string | undefined {
  const bucket = app.get('STORAGE_S3_BUNDLE_BUCKET')?.trim() || app.get('STORAGE_S3_BUCKET')?.trim();
  const base = values.get('BUNDLE_STORE_BASE') ?? '';
  if (!bucket || !URL.canParse(base)) return undefined;
  const url = new URL(base);
  if (url.pathname.split('/')[1] === bucket) return undefined;
  return `${url.origin}/${bucket}`;
}

function fixOf({ path, text }: SettingsFile, changes: ReadonlyMap<string, string>, names: string): Fix {
  return {
    summary: `Give the runner the app's ${names} (then start its container again)`,
    command: `edit ${path}`,
    safe: false,
    plan: async () => {
      const after = [...changes].reduce((rest, [name, value]) => withEnvValue(rest, name, value), text);
      return [{ kind: 'file', path, before: text, after }];
    },
  };
}
