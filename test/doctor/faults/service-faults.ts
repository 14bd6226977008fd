import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RunnerOptions } from '../../../src/stack/index.js';
import type { LiveFault } from './fault.js';
import { standIn } from './stand-in.js';
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

const HEALTH = '"kind":"alga-runner-node","features":[],"cache_writable":true,"bundle_store"';

const pageOf = ({ ready }: World): string =>
  `/ext-ui/${ready.registryId}/${encodeURIComponent(ready.contentHash)}/index.html?tenant=${ready.tenantId}`;

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
  between('runner.store', 'runnerUrl', at(/^\/healthz/, 200, `{${HEALTH}:"bundle_store_unreachable"}`)),
  between('runner.component', 'runnerUrl', at(/^\/warmup/, 500, '{"error":"execute_failed: bad component"}')),
  between('runner.cached-bundle', 'runnerUrl', at(/^\/ext-ui\//, 200, '<p>an old page</p>')),
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
