// What the gateway adds to a call beside the runner: node bench/gateway.mjs [calls]
// A real PostgreSQL and the real host; the runner answers at once, from a process of its own.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { summarise } from './lib/statistics.mjs';

if (isMainThread) await main(Number(process.argv[2] ?? 200));
else serveGuest();

function serveGuest() {
  const answer = JSON.stringify({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body_b64: Buffer.from('{"ok":true}').toString('base64'),
  });
  const server = createServer(async (req, res) => {
    for await (const _chunk of req);
    res.setHeader('content-type', 'application/json');
    res.end(answer);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

async function main(calls) {
  const stand = await standingHost();
  try {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const [route, method] of [
      ['ext', 'GET'],
      ['ext-proxy', 'POST'],
    ]) {
      for (let i = 0; i < 100; i++) await call(stand, agent, route, method);
      stand.records.length = 0;
      const outside = [];
      for (let i = 0; i < calls; i++) outside.push(await call(stand, agent, route, method));
      report(`${method} /api/${route}`, outside, stand.records);
    }
    agent.destroy();
  } finally {
    await stand.stop();
  }
}

function report(title, outside, records) {
  const of = (pick) => summarise(records.map(pick));
  const parts = {
    'seen by the caller': summarise(outside),
    'in the gateway': of(({ ms }) => ms),
    access: of(({ timings }) => timings.access),
    hydrate: of(({ timings }) => timings.hydrate),
    runner: of(({ timings }) => timings.runner),
    'gateway without the runner': of(({ ms, timings }) => ms - timings.runner),
  };
  process.stdout.write(`${title}\n`);
  for (const [name, { median, p95, n }] of Object.entries(parts)) {
    process.stdout.write(`  ${name.padEnd(28)} ${median} ms (p95 ${p95}, n ${n})\n`);
  }
}

function call({ origin, registryId, tenantId }, agent, route, method) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      `${origin}/api/${route}/${registryId}/hello`,
      { method, agent, headers: { 'x-alga-tenant': tenantId } },
      (res) => {
        if (res.statusCode !== 200) reject(new Error(`status ${res.statusCode}`));
        res.resume().on('end', () => resolve(performance.now() - began));
      },
    );
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{"a":1}' : undefined);
  });
}

async function standingHost() {
  const { startPostgres } = await import('../dist/src/stack/embedded/postgres.js');
  const { createRegistry, prepareEmbeddedDatabase } = await import('../dist/src/registry/index.js');
  const { createHost } = await import('../dist/src/host/index.js');
  const home = await mkdtemp(join(tmpdir(), 'alga-gateway-'));
  const postgres = await startPostgres({
    dataDir: join(home, 'data'),
    password: randomBytes(12).toString('hex'),
    ports: { preferred: [] },
    env: process.env,
    logFile: join(home, 'postgres.log'),
    log: () => undefined,
    onProgress: () => undefined,
    onSpawn: () => undefined,
  });
  const { connectionString } = postgres;
  const { tenantId } = await prepareEmbeddedDatabase({ connectionString });
  const registry = createRegistry({ connectionString });
  const guest = new Worker(fileURLToPath(import.meta.url));
  const [port] = await once(guest, 'message');
  const records = [];
  const secret = () => randomBytes(18).toString('base64url');
  const host = createHost({
    registry,
    runnerUrl: () => `http://127.0.0.1:${port}`,
    tokens: { authKey: secret(), serviceToken: secret(), session: secret() },
    preferredPort: 0,
    rateLimit: false,
    events: {
      onRequest: (record) => records.push(record),
      onGuestLog: () => undefined,
      onCspViolation: () => undefined,
      onCommand: () => undefined,
    },
  });
  await host.start();
  const { registryId } = await publishDemo(registry, tenantId);
  return {
    origin: host.origin,
    registryId,
    tenantId,
    records,
    stop: async () => {
      await host.stop();
      await guest.terminate();
      await registry.close();
      await postgres.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function publishDemo(registry, tenantId) {
  const { identityOf } = await import('../dist/src/project/identity.js');
  const endpoint = (method) => ({ method, path: '/hello', handler: 'dist/main' });
  const manifest = {
    name: 'com.example.demo',
    publisher: 'Example',
    version: '1.0.0',
    runtime: 'wasm-js@1',
    displayName: 'Demo',
    description: 'A demo',
    capabilities: ['cap:storage.kv'],
    ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Demo' } } },
    api: { endpoints: [endpoint('GET'), endpoint('POST')] },
  };
  return registry.publish({
    tenantId,
    manifest,
    identity: identityOf(manifest),
    contentHash: `sha256:${'0'.repeat(64)}`,
    sizeBytes: 1000,
    storageUrl: 'http://127.0.0.1:4569/extensions/demo',
  });
}
