// A runner over an object store in memory, its bundles, and clients that call it.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { componentize } from '@bytecodealliance/componentize-js';
import { pack } from 'tar-stream';
import { root } from '../../scripts/lib/commands.mjs';
import { ask } from './client.mjs';

const zstd = createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js');
const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
const EXTENSION = '9a8b7c6d-0000-4000-8000-000000000002';
const MARK = 'variant-0000000';
const ASSET = 'assets/app.js';

/** A small handler as an author's would be: it reads its request and answers with JSON. */
const HANDLER = `
export function handler(request) {
  const body = JSON.stringify({ variant: '${MARK}', url: request.http.url, tenant: request.context.tenantId });
  return { status: 200, headers: [{ name: 'content-type', value: 'application/json' }], body: new TextEncoder().encode(body) };
}`;

/** Builds the handler once; every variant of it differs in one text, as two edits of it do. */
export async function buildVariants() {
  const folder = await mkdtemp(join(tmpdir(), 'alga-bench-guest-'));
  try {
    const sourcePath = join(folder, 'handler.js');
    await writeFile(sourcePath, HANDLER);
    const { component } = await componentize({
      sourcePath,
      witPath: join(root, 'runner', 'wit', 'extension-runner.wit'),
      worldName: 'runner',
      disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
    });
    const original = Buffer.from(component).toString('latin1');
    return (n) => Buffer.from(original.replaceAll(MARK, `variant-${String(n).padStart(7, '0')}`), 'latin1');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundleOf(files) {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks = [];
  for await (const chunk of tar) chunks.push(chunk);
  const bytes = await zstd.compress(Buffer.concat(chunks), 3);
  return { bytes, hex: createHash('sha256').update(bytes).digest('hex') };
}

/** Serves bundles from memory, as a bucket without a password does. */
export class BundleServer {
  #objects = new Map();
  #server;
  #folder;

  static async start() {
    const store = new BundleServer();
    store.#folder = await mkdtemp(join(tmpdir(), 'alga-bench-runner-'));
    store.#server = http.createServer((request, response) => {
      const bytes = store.#objects.get(request.url.split('?')[0]);
      response.writeHead(bytes ? 200 : 404, { 'content-length': bytes?.length ?? 0 }).end(bytes);
    });
    await new Promise((resolve) => store.#server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get endpoint() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** A folder for the caches of runners, removed at the end. */
  cache(name) {
    return join(this.#folder, name);
  }

  /** Publishes a component with a page and a script of 100 kB; gives its content hash. */
  async publish(component) {
    const script = Buffer.from(`/* app */ ${'export const x = 1;\n'.repeat(5000)}`);
    const { bytes, hex } = await bundleOf({
      'dist/main.wasm': component,
      'ui/index.html': '<!doctype html><script type="module" src="./assets/app.js"></script>',
      [`ui/${ASSET}`]: script,
    });
    const key = `tenants/${TENANT}/extensions/${EXTENSION}/sha256/${hex}/bundle.tar.zst`;
    this.#objects.set(`/alga-ext/${key}`, bytes);
    return `sha256:${hex}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * The runner's program by itself; `ms` is the time from its start until it said it was ready. `executed` gets the
 * milliseconds that each call took by its own clock, from its log.
 */
export async function startProgram(store, cache) {
  const child = fork(join(root, 'dist', 'runner', 'src', 'main.js'), [], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      RUNNER_HOST: '127.0.0.1',
      RUNNER_PARENT_IPC: '1',
      RUST_LOG: 'info',
      ALGA_AUTH_KEY: 'bench',
      REGISTRY_BASE_URL: store.endpoint,
      BUNDLE_STORE_BASE: `${store.endpoint}/alga-ext`,
      EXT_CACHE_ROOT: store.cache(cache),
      EXT_STATIC_STRICT_VALIDATION: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const began = performance.now();
  const executed = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { msg, ms } = JSON.parse(line);
    if (msg === 'execute') executed.push(ms);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const port = await Promise.race([
    new Promise((resolve) => child.once('message', (message) => resolve(message.port))),
    exited.then((code) => Promise.reject(new Error(`the runner ended with ${code}`))),
  ]);
  const ms = performance.now() - began;
  const stop = () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { url: `http://127.0.0.1:${port}`, ms, executed, stop };
}

/** One client with one connection, which it keeps. */
export class Client {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  /** Calls the handler; throws when the answer is not the guest's. */
  async execute(url, hash) {
    const body = JSON.stringify({
      context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: hash },
      http: { method: 'GET', path: '/api/status' },
      limits: { timeout_ms: 10_000 },
    });
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-alga-tenant': TENANT,
      'x-alga-extension': EXTENSION,
    };
    const { status, text } = await this.#send(`${url}/v1/execute`, { method: 'POST', headers }, body);
    const answer = status === 200 ? JSON.parse(text) : { error: `HTTP ${status}` };
    if (answer.error || answer.status !== 200) throw new Error(`execute failed: ${answer.error}`);
  }

  async asset(url, hash) {
    const address = `${url}/ext-ui/${EXTENSION}/${hash}/${ASSET}?tenant=${TENANT}`;
    const { status } = await this.#send(address, { method: 'GET' });
    if (status !== 200) throw new Error(`asset failed: HTTP ${status}`);
  }

  /** Value of one metric of the runner. */
  async metric(url, name) {
    const { text } = await this.#send(`${url}/metrics`, { method: 'GET' });
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  close() {
    this.#agent.destroy();
  }

  #send(url, options, body) {
    return ask(url, { ...options, agent: this.#agent }, body);
  }
}
