import { z } from 'zod';
import type { Check, Observation } from '../../check.js';
import { ask, jsonOf } from '../../sources/http.js';
import { ifSeen } from '../../unseen.js';
import type { View } from '../../view.js';

/** What the product's two readers of the strict switch take differently. */
const HALF_STRICT = /^(?:1|yes)$/i;

/** One setting that the session would have given otherwise. */
export interface Difference {
  readonly name: string;
  /** Both empty for a secret. */
  readonly there: string;
  readonly here: string;
}

/** The runner was started with the session's own store and registry. */
export const runnerSettingsCheck: Check = {
  id: 'runner.settings',
  title: 'The runner has the settings of its session',
  group: 'runner',
  why: 'It asks another registry or store than the one you publish to: not_installed, extract_failed, denied.',
  run: async (view) => {
    const environment = await view.runnerEnvironment();
    const strict = environment.get('EXT_STATIC_STRICT_VALIDATION')?.trim() ?? '';
    const different = await differences(view);
    return [
      ...(different.length === 0 ? [] : [wrong(different)]),
      ...(HALF_STRICT.test(strict) ? [half(strict)] : []),
    ];
  },
};

/** In what the runner's settings differ from the session's; nothing where they cannot be seen. */
export function differences(view: View): Promise<readonly Difference[]> {
  return view.part('settings of the runner', async () => {
    const runner = await ifSeen(view.runnerEnvironment());
    if (runner === undefined) return [];
    // Only once store and host have answered is it sure that ours are the right ones.
    const [{ config }, origin] = await Promise.all([view.objects(), view.host()]);
    const at = (name: string): string => runner.get(name) ?? '';
    const pairs: (Difference & { readonly secret?: boolean })[] = [
      {
        name: 'BUNDLE_STORE_BASE',
        there: bare(at('BUNDLE_STORE_BASE')),
        here: `${bare(config.endpoint)}/${config.bucket}`,
      },
      { name: 'S3_REGION', there: at('S3_REGION') || 'us-east-1', here: config.region },
      { name: 'S3_ACCESS_KEY', there: at('S3_ACCESS_KEY'), here: config.accessKey, secret: true },
      { name: 'S3_SECRET_KEY', there: at('S3_SECRET_KEY'), here: config.secretKey, secret: true },
    ];
    const found = pairs
      .filter(({ there, here }) => there !== here)
      .map(({ name, there, here, secret }) => ({
        name,
        ...(secret ? { there: '', here: '' } : { there, here }),
      }));
    const names = [
      'REGISTRY_BASE_URL',
      ...(runner.has('STORAGE_API_BASE_URL') ? ['STORAGE_API_BASE_URL'] : []),
    ];
    const hosts = names.map(async (name) =>
      (await isSameHost(at(name), origin)) ? [] : [{ name, there: bare(at(name)), here: origin }],
    );
    return [...found, ...(await Promise.all(hosts)).flat()];
  });
}

const healthSchema = z.object({ session: z.string() });

/** Whether two addresses lead to one host, whatever they call it. A path would break every call. */
async function isSameHost(url: string, origin: string): Promise<boolean> {
  if (bare(url) === origin) return true;
  if (!URL.canParse(url) || new URL(url).pathname !== '/') return false;
  const [one, other] = await Promise.all([url, origin].map(sessionAt));
  return one !== undefined && one === other;
}

async function sessionAt(url: string): Promise<string | undefined> {
  const answer = await ask(`${bare(url)}/__alga/health`).catch(() => undefined);
  return answer && healthSchema.safeParse(jsonOf(answer.body)).data?.session;
}

function bare(url: string): string {
  return url.replace(/\/+$/, '');
}

function wrong(different: readonly Difference[]): Observation {
  const told = (side: 'there' | 'here', secret: string): string =>
    different
      .map((one) => (one[side] === '' ? `${secret} ${one.name}` : `${one.name}=${one[side]}`))
      .join(', ');
  return {
    severity: 'problem',
    seen: `it was started with ${told('there', 'another')}`,
    expected: told('here', "the session's"),
    fix: {
      summary: 'Start alga dev again: it gives the runner what it uses itself',
      command: 'alga dev',
      safe: false,
    },
  };
}

function half(value: string): Observation {
  return {
    severity: 'warning',
    seen: `EXT_STATIC_STRICT_VALIDATION is ${value}: pages are strict, the registry is never asked`,
    expected: 'true or false, which both of its readers understand',
    fix: { summary: 'Write it out', command: 'export EXT_STATIC_STRICT_VALIDATION=true', safe: false },
  };
}
