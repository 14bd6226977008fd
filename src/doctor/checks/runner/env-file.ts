import { dirname } from 'node:path';
import type { Check, Fix, Observation } from '../../check.js';
import { withEnvValue } from '../../sources/env-file.js';
import { checkoutRoot, nearestSettings, type SettingsFile } from '../../sources/product-files.js';

const NAME = '.env.runner';

const LOOPBACK = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

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
    const place = await view.productPlace();
    const file = await nearestSettings(place, NAME);
    if (file === undefined) return [];
    const { path, values } = file;
    const missing = Object.keys(NEEDED).filter((name) => !values.get(name) && !values.get(`${name}_FILE`));
    if (missing.length === 0) {
      const inCheckout = dirname(path) === (await checkoutRoot(place));
      const faults = [...noUrl(file), ...pathInBase(file), ...halfStrict(file), ...halfSigned(file)];
      return inCheckout ? [...faults, ...ownMachine(file)] : faults;
    }
    return [
      {
        severity: 'problem',
        seen: `${path} does not set ${missing.join(', ')}`,
        expected: `it sets ${Object.keys(NEEDED).join(', ')}; names that begin with RUNNER_ are not read`,
        fix: fixOf(file, missing),
      },
    ];
  },
};

/** The runner ends at once over an address that is none. */
function noUrl({ path, values }: SettingsFile): Observation[] {
  return ['REGISTRY_BASE_URL', 'BUNDLE_STORE_BASE'].flatMap((name) => {
    const value = values.get(name) ?? '';
    if (isAddress(value)) return [];
    const seen = `${path}: ${name} is ${value}`;
    return [
      byHand(path, 'problem', seen, 'an address with http:// or https://', `Write ${name} as an address`),
    ];
  });
}

function isAddress(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value);
}

/** Downloads are signed with both keys and for the bucket in the path; with less they are not signed at all. */
function halfSigned({ path, values }: SettingsFile): Observation[] {
  const has = (...names: string[]): boolean => names.some((name) => values.get(name));
  const access = has('S3_ACCESS_KEY', 'MINIO_ACCESS_KEY');
  const secret = has('S3_SECRET_KEY', 'MINIO_SECRET_KEY');
  if (access !== secret) {
    const seen = `${path} sets only the ${access ? 'access' : 'secret'} key of the store`;
    return [byHand(path, 'problem', seen, 'S3_ACCESS_KEY and S3_SECRET_KEY', 'Set both keys')];
  }
  const base = values.get('BUNDLE_STORE_BASE') ?? '';
  if (!access || !URL.canParse(base) || new URL(base).pathname.length > 1) return [];
  const seen = `${path}: BUNDLE_STORE_BASE names no bucket, ${base}`;
  return [byHand(path, 'problem', seen, 'the bucket after the host', 'Write the bucket after the host')];
}

/** In a container of the compose file, "localhost" is the container. */
function ownMachine({ path, values }: SettingsFile): Observation[] {
  const names = ['REGISTRY_BASE_URL', 'STORAGE_API_BASE_URL', 'BUNDLE_STORE_BASE'].filter((name) => {
    const value = values.get(name) ?? '';
    return URL.canParse(value) && LOOPBACK.test(new URL(value).hostname);
  });
  if (names.length === 0) return [];
  const seen = `${path}: ${names.join(', ')} is at localhost, which in the runner's container is the container`;
  const expected = 'names of services, or host.docker.internal';
  return [byHand(path, 'warning', seen, expected, 'Write an address the container can reach')];
}

function byHand(
  path: string,
  severity: Observation['severity'],
  seen: string,
  expected: string,
  summary: string,
): Observation {
  return { severity, seen, expected, fix: { summary, command: `edit ${path}`, safe: false } };
}

/** A path after the host breaks every call of a guest to the host: it stays in front of the real one. */
function pathInBase({ path, text, values }: SettingsFile): Observation[] {
  const name = values.has('STORAGE_API_BASE_URL') ? 'STORAGE_API_BASE_URL' : 'REGISTRY_BASE_URL';
  const value = values.get(name) ?? '';
  if (!isAddress(value) || /^\/(?:api\/?)?$/.test(new URL(value).pathname)) return [];
  const after = withEnvValue(text, name, new URL(value).origin);
  return [
    {
      severity: 'problem',
      seen: `${path}: ${name} has a path, ${new URL(value).pathname}`,
      expected: 'only scheme, host and port',
      fix: mending(path, text, after, `Take the path off ${name}`),
    },
  ];
}

/** Two readers of one variable: only `true` and `false` mean the same to both. */
function halfStrict({ path, text, values }: SettingsFile): Observation[] {
  const name = 'EXT_STATIC_STRICT_VALIDATION';
  const value = values.get(name)?.trim() ?? '';
  if (!/^(?:1|yes)$/i.test(value)) return [];
  return [
    {
      severity: 'warning',
      seen: `${path}: ${name} is ${value}: pages are strict, but the registry is never asked`,
      expected: 'true or false',
      fix: mending(path, text, withEnvValue(text, name, 'true'), `Write ${name}=true`),
    },
  ];
}

function mending(path: string, before: string, after: string, summary: string): Fix {
  const plan = async () => [{ kind: 'file' as const, path, before, after }];
  return { summary, command: `edit ${path}`, safe: false, plan };
}

/** Copies what stands under a name that is not read; the rest only the author knows. */
function fixOf({ path, text, values }: SettingsFile, missing: readonly string[]): Fix {
  const lines = missing.flatMap((name) => {
    const value = (NEEDED[name] ?? []).map((other) => values.get(other)).find((known) => known);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const summary = `Set ${missing.join(', ')} in ${NAME}`;
  if (lines.length < missing.length) return { summary, command: `edit ${path}`, safe: false };
  return mending(path, text, `${text.replace(/\n?$/, '\n')}${lines.join('\n')}\n`, summary);
}
