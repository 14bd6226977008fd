import type { Check } from '../../check.js';
import type { Change } from '../../mend/change.js';
import { ask } from '../../sources/http.js';
import type { Objects } from '../../sources/objects.js';

/** Nobody reads the bucket without keys. */
export const storePublicCheck: Check = {
  id: 'store.public-access',
  title: 'The bucket is not open to everybody',
  group: 'store',
  why: 'Anybody who reaches the store can read the code of every extension.',
  run: async (view, signal) => {
    const objects = await view.objects();
    const open = await openTo(objects, signal);
    if (open === undefined) return [];
    return [
      {
        severity: 'warning',
        seen: `${open} without keys`,
        expected: 'a request without a signature is refused',
        fix: {
          summary: 'Take the public policy off the bucket',
          command: 'alga doctor --fix',
          safe: false,
          plan: () => planPrivate(objects),
        },
      },
    ];
  },
};

/** What everybody may do; a policy can allow reading without listing. */
async function openTo({ config, sizes }: Objects, signal: AbortSignal): Promise<string | undefined> {
  const { endpoint, bucket } = config;
  const listed = await ask(`${endpoint}/${bucket}?list-type=2&max-keys=1`, signal);
  if (listed.status === 200) return `the bucket ${bucket} can be listed`;
  const [key] = sizes.keys();
  if (key === undefined) return undefined;
  const path = key.split('/').map(encodeURIComponent).join('/');
  const { status } = await ask(`${endpoint}/${bucket}/${path}`, signal, { method: 'HEAD' });
  return status === 200 ? `objects of the bucket ${bucket} can be read` : undefined;
}

async function planPrivate({ config, policy }: Objects): Promise<Change[]> {
  const before = await policy();
  return before === null ? [] : [{ kind: 'policy', bucket: config.bucket, before, after: null }];
}
