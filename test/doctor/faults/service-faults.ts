import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { RunnerOptions } from '../../../src/stack/index.js';
import type { ByHand, LiveFault } from './fault.js';
import { standIn } from './stand-in.js';
import { OtherStore } from './store-faults.js';
import { asNobody, unprivileged } from './unprivileged.js';
import type { World } from './world.js';

/** A second runner, real but for one setting. */
function wrongRunner(
  check: string,
  wrong: (world: World) => Partial<RunnerOptions>,
  then?: (world: World, url: string) => Promise<unknown>,
): LiveFault {
  const cause: LiveFault['cause'] = async (world) => {
    const { runner, undo } = await world.runner(wrong(world));
    await then?.(world, runner.url);
    return undo;
  };
  return { check, how: 'a runner with another setting', cause };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Stands between the announced address and whoever answers there. */
function between(check: string, field: 'runnerUrl' | 'origin', answers: Answer, upgrades = true): LiveFault {
  const cause: LiveFault['cause'] = async ({ announce, ready }) => {
    const target = field === 'runnerUrl' ? ready.urls.runner : new URL(ready.urls.page).origin;
    const { url, close } = await standIn(target, answers, upgrades);
    const restore = await announce({ [field]: url });
    return () => Promise.all([restore(), close()]);
  };
  return { check, how: `at the ${field === 'origin' ? 'host' : 'runner'}'s address`, feigned: true, cause };
}

/** Answers some paths in a way of its own. */
const at =
  (path: RegExp, status: number, body: string): Answer =>
  ({ url = '' }, response) => {
    if (!path.test(url)) return false;
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    return true;
  };

const pageOf = ({ ready }: World): string =>
  `/ext-ui/${ready.registryId}/${encodeURIComponent(ready.contentHash)}/index.html?tenant=${ready.tenantId}`;

let storeAddress = '';

/** A real runner that has unpacked the bundle, one of whose files is changed on disk before it is read. */
async function damaged({ runner, ready }: World, file: string, page?: string): Promise<ByHand> {
  const { runner: started, undo, cacheRoot } = await runner({});
  const { tenantId: tenant_id, registryId: extension_id, contentHash: content_hash } = ready;
  const body = JSON.stringify({ tenant_id, extension_id, content_hash });
  const headers = { 'content-type': 'application/json' };
  const answer = await (page === undefined
    ? fetch(`${started.url}/warmup`, { method: 'POST', headers, body })
    : fetch(`${started.url}${page}`));
  if (!answer.ok) throw new Error(`it has no bundle: ${answer.status}`);
  const copy = join(cacheRoot, ready.contentHash.slice('sha256:'.length));
  const path = join(copy, file.startsWith('ui/') ? file : `bundle/${file}`);
  // As long as it was: nothing but its content is wrong.
  await writeFile(path, (await readFile(path)).fill(' ', 20));
  const hand = async (): Promise<void> => {
    await rm(copy, { recursive: true });
    await started.restart();
  };
  return { hand, undo };
}

export const serviceFaults: readonly LiveFault[] = [
  between('runner.reachable', 'runnerUrl', at(/./, 200, 'hello')),
  {
    check: 'runner.reachable',
    how: 'a runner that has ended',
    cause: async ({ runner }) => {
      const { runner: started, undo } = await runner({});
      await started.stop();
      return undo;
    },
  },
  wrongRunner('runner.settings', ({ backend }) => ({
    store: { ...backend.stack.store, secretKey: 'x'.repeat(40) },
  })),
  wrongRunner('runner.settings', ({ backend }) => ({ store: { ...backend.stack.store, bucket: 'other' } })),
  wrongRunner('runner.settings', () => ({ registryBaseUrl: 'http://127.0.0.1:9' })),
  wrongRunner('runner.settings', () => ({ env: { EXT_STATIC_STRICT_VALIDATION: 'yes' } })),
  wrongRunner('runner.auth-key', () => ({ authKey: 'another' })),
  wrongRunner('runner.service-token', () => ({ serviceToken: 'another' })),
  wrongRunner('runner.bundle', () => ({ env: { RUNNER_BUNDLE_MAX_BYTES: '1000' } })),
  {
    check: 'runner.cache',
    how: 'a file where its cache was',
    cause: async ({ runner, project }) => {
      const cacheRoot = `${project.root}-cache`;
      const { undo } = await runner({ cacheRoot });
      await rm(cacheRoot, { recursive: true });
      await writeFile(cacheRoot, '');
      return () => undo().then(() => rm(cacheRoot));
    },
  },
  {
    check: 'runner.cache',
    how: 'a folder without the right to write',
    cause: async (world) => {
      const cacheRoot = `${world.project.root}-cache`;
      await mkdir(cacheRoot);
      await chmod(cacheRoot, 0o777);
      const { undo, runner } = await asNobody(cacheRoot, () => world.runner({ cacheRoot }));
      await chmod(cacheRoot, 0o555);
      const hand = async (): Promise<void> => {
        if (unprivileged !== undefined) await chown(cacheRoot, unprivileged, unprivileged);
        await chmod(cacheRoot, 0o755);
        const { status } = await fetch(`${runner.url}${pageOf(world)}`);
        if (status !== 200) throw new Error(`it cannot unpack: ${status}`);
      };
      return { hand, undo: () => undo().then(() => rm(cacheRoot, { recursive: true })) };
    },
  },
  wrongRunner(
    'runner.denial',
    () => ({}),
    async (world, url) => {
      const set = 'UPDATE tenant_extension_install SET tenant_id = $2 WHERE registry_id = $1';
      const { backend, ready } = world;
      await backend.query(set, [ready.registryId, randomUUID()]);
      const denied = await fetch(`${url}${pageOf(world)}`);
      await backend.query(set, [ready.registryId, ready.tenantId]);
      if (denied.status !== 404) throw new Error(`it was not denied: ${denied.status}`);
    },
  ),
  {
    check: 'runner.store',
    how: 'a firewall between runner and store',
    cause: async ({ backend, runner }) => {
      // The runner's addresses are signed in themselves; the doctor signs its headers.
      const firewall = await standIn(backend.stack.store.endpoint, ({ url = '' }, response) => {
        const isRunner = url.includes('X-Amz-Signature=');
        if (isRunner) response.destroy();
        return isRunner;
      });
      storeAddress = firewall.url;
      const { undo } = await runner({ store: { ...backend.stack.store, endpoint: firewall.url } });
      return () => undo().then(() => firewall.close());
    },
    view: (options) => new OtherStore(options, { endpoint: storeAddress }),
  },
  {
    check: 'runner.component',
    how: 'a runner with too little memory for it',
    cause: async ({ runner }) =>
      (await runner({ env: { RUNNER_MAX_MEMORY_MB: '1', RUNNER_DEFAULT_MEMORY_MB: '1' } })).undo,
  },
  {
    check: 'runner.component',
    how: 'a component that was damaged on disk',
    cause: (world) => damaged(world, 'dist/main.wasm', pageOf(world)),
  },
  {
    check: 'runner.cached-bundle',
    how: 'a page that was changed on disk',
    cause: (world) => damaged(world, 'ui/index.html'),
  },
  {
    check: 'runner.limits',
    how: 'a call that ran out of time',
    cause: async ({ backend, ready }) => {
      const id = randomUUID();
      await backend.query(
        `INSERT INTO extension_execution_log (id, tenant_id, registry_id, version_id, finished_at, status, metrics)
         VALUES ($1, $2, $3, $4, now(), 'timeout', '{"path":"/api/status","duration_ms":30000}')`,
        [id, ready.tenantId, ready.registryId, ready.versionId],
      );
      return () => backend.query('DELETE FROM extension_execution_log WHERE id = $1', [id]);
    },
  },
  between('host.reachable', 'origin', at(/./, 502, '{}')),
  between('host.page', 'origin', at(/^\/msp\/extensions\/[0-9a-f]/, 500, '{}')),
  between('host.gateway', 'origin', at(/^\/api\/ext\//, 502, '{"error":"bad_gateway"}')),
  between('host.live', 'origin', () => false, false),
];
