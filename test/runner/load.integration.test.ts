import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { type RunnerHandle, startRunner } from '../../src/stack/runner/index.js';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { S3Store } from '../support/runner/s3-store.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

// A session's runner as `alga dev` has it: the real process behind its public address, over S3.

const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
const EXTENSIONS = 20;
const CLIENTS = 1000;

interface Installed {
  readonly extensionId: string;
  readonly name: string;
  readonly bundle: TestBundle;
}

let store: S3Store;
let cache: ScratchFolder;
let runner: RunnerHandle;
let installed: Installed[];
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Requests that were sent and not answered yet, and the most of them at a time. */
const underWay = { now: 0, most: 0 };

beforeAll(async () => {
  [store, cache] = await Promise.all([S3Store.start(), scratchFolder('load')]);
  const component = await buildGuest(BEHAVIOURS);
  installed = await Promise.all(
    Array.from({ length: EXTENSIONS }, async (_, n) => {
      const extensionId = `9a8b7c6d-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`;
      const name = `extension ${n}`;
      const bundle = await bundleOf({
        'dist/main.wasm': component,
        'ui/index.html': `page of ${name}`,
        'manifest.json': name,
      });
      await store.put(TENANT, extensionId, bundle, bundle.bytes);
      return { extensionId, name, bundle };
    }),
  );
  // Room for about twelve of the twenty.
  runner = await start({ EXT_CACHE_MAX_BYTES: String(component.length * 12) });
});
afterAll(async () => {
  agent.destroy();
  await runner?.stop();
  await store?.stop();
  await cache?.remove();
});

function start(env: Record<string, string> = {}): Promise<RunnerHandle> {
  return startRunner({
    registryBaseUrl: 'http://127.0.0.1:1',
    storageApiBaseUrl: 'http://127.0.0.1:1',
    authKey: 'load-auth-key',
    serviceToken: 'load-service-token',
    store: store.config,
    cacheRoot: cache.path,
    preferredPort: 0,
    extensions: EXTENSIONS,
    env: { RUST_LOG: 'warn', EXT_STATIC_STRICT_VALIDATION: 'false', ...env },
  });
}

function ask(path: string, body?: object, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { agent, method: body === undefined ? 'GET' : 'POST', headers };
    const asked = httpRequest(`${runner.url}${path}`, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.once('finish', () => {
      underWay.now += 1;
      underWay.most = Math.max(underWay.most, underWay.now);
      asked.once('close', () => {
        underWay.now -= 1;
      });
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Runs the handler of an extension; gives what it says of itself, or the error. */
async function execute({ extensionId, bundle }: Installed, mark: string): Promise<string> {
  const routing = { 'x-alga-tenant': TENANT, 'x-alga-extension': extensionId };
  const text = await ask(
    '/v1/execute',
    {
      context: { tenant_id: TENANT, extension_id: extensionId, content_hash: bundle.hash },
      http: { method: 'GET', path: '/echo', query: { mark } },
      limits: { timeout_ms: 20_000 },
    },
    { 'content-type': 'application/json', ...routing },
  );
  const answer = JSON.parse(text) as ExecuteWireAnswer;
  if (answer.error !== null) return answer.error;
  const echo = JSON.parse(Buffer.from(answer.body_b64 ?? '', 'base64').toString('utf8'));
  return `${echo.context.extensionId} ${echo.url}`;
}

async function page({ extensionId, bundle }: Installed): Promise<string> {
  return await ask(`/ext-ui/${extensionId}/${bundle.hash}/index.html?tenant=${TENANT}`);
}

async function metric(name: string): Promise<number> {
  const text = await ask('/metrics');
  return Number(new RegExp(`^alga_runner_${name} (\\d+)`, 'm').exec(text)?.[1]);
}

it('a thousand requests at once, evictions and two restarts: each gets its own answer', async () => {
  const faults: string[] = [];
  let answered = 0;
  let evictions = 0;
  const check = (seen: string, expected: string): void => {
    answered += 1;
    if (seen !== expected) faults.push(`${expected}: ${seen}`);
  };
  // Each client asks for its next answer as soon as it has one, so a thousand are always under way.
  const client = async (n: number): Promise<void> => {
    const one = installed[(n * 7) % EXTENSIONS] as Installed;
    const other = installed[(n * 11 + 3) % EXTENSIONS] as Installed;
    const mark = String(n);
    check(await execute(one, mark).catch(String), `${one.extensionId} /echo?mark=${mark}`);
    check(await page(other).catch(String), `page of ${other.name}`);
  };
  const restarts = async (): Promise<void> => {
    for (const at of [200, 1000]) {
      await expect.poll(() => answered, { timeout: 90_000 }).toBeGreaterThan(at);
      evictions += await metric('cache_evictions_total');
      await runner.restart();
    }
  };
  await Promise.all([restarts(), ...Array.from({ length: CLIENTS }, (_, n) => client(n))]);
  evictions += await metric('cache_evictions_total');
  expect(faults.slice(0, 20)).toEqual([]);
  expect(answered).toBe(2 * CLIENTS);
  expect(evictions).toBeGreaterThan(0);
  expect(underWay.most).toBeGreaterThan(CLIENTS * 0.9);
}, 240_000);

it('the first request after a restart meets a component that is ready', async () => {
  const [one] = installed as [Installed];
  await runner.stop();
  runner = await start();
  await execute(one, 'before');
  await runner.restart();
  expect(await metric('compiled_components')).toBeGreaterThan(0);
  const before = await metric('compile_misses_total');
  expect(await execute(one, 'after')).toBe(`${one.extensionId} /echo?mark=after`);
  expect(await metric('compile_misses_total')).toBe(before);
});
