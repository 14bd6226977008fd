import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TAMED_COLLECTOR } from '../../../src/build/handler/process/v8-switches.js';
import { packageRoot } from '../../../src/core/entry.js';
import { scratchFolder } from './scratch-folder.js';

const PROGRAM = join(packageRoot(), 'test', 'support', 'runner', 'guest-program.mjs');

/** How a guest is built: without WASI, as the product's own build does, or with all of it. */
export type GuestFeatures = 'none' | 'all';

/**
 * A component made of JavaScript source with the official tools. Building takes seconds, so the
 * result is kept between runs, by content.
 */
export async function buildGuest(source: string, features: GuestFeatures = 'none'): Promise<Buffer> {
  const witPath = join(packageRoot(), 'runner/wit/extension-runner.wit');
  const wit = await readFile(witPath, 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify(['1', features, wit, source]))
    .digest('hex');
  const folder = join(packageRoot(), 'node_modules/.cache/alga-test-guests');
  const kept = join(folder, `${key}.wasm`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  const component = await build(source, witPath, features);
  await mkdir(folder, { recursive: true });
  const partial = `${kept}.${process.pid}`;
  await writeFile(partial, component);
  await rename(partial, kept);
  return component;
}

async function build(source: string, witPath: string, features: GuestFeatures): Promise<Buffer> {
  const scratch = await scratchFolder('guest');
  try {
    const [sourcePath, component] = [join(scratch.path, 'handler.js'), join(scratch.path, 'handler.wasm')];
    await writeFile(sourcePath, source);
    const disabled = features === 'none' ? ['stdio', 'random', 'clocks', 'http', 'fetch-event'] : [];
    const args = [PROGRAM, sourcePath, witPath, component, ...disabled];
    await promisify(execFile)(process.execPath, [TAMED_COLLECTOR, ...args]);
    return await readFile(component);
  } finally {
    await scratch.remove();
  }
}

/** A guest that does what the path of its request says. */
export const BEHAVIOURS = `
const text = (value) => new TextEncoder().encode(value);
const answer = (status, body, headers = []) => ({ status, headers, body: body === undefined ? undefined : text(body) });
let calls = 0;

const routes = {
  '/echo': (request) => answer(200, JSON.stringify({
    context: request.context,
    method: request.http.method,
    url: request.http.url,
    headers: request.http.headers,
    body: request.http.body === undefined ? null : new TextDecoder().decode(request.http.body),
  }), [{ name: 'Content-Type', value: 'application/json' }]),
  '/status': (request) => answer(Number(new URLSearchParams(request.http.url.split('?')[1]).get('code')), 'status'),
  '/none': () => answer(204),
  '/empty': () => answer(200, ''),
  '/twice': () => answer(200, 'x', [{ name: 'X-A', value: '1' }, { name: 'X-A', value: '2' }, { name: 'x-a', value: '3' }]),
  '/count': () => answer(200, String(++calls)),
  '/throw': () => { throw new Error('thrown by the guest'); },
  '/reject': async () => { await Promise.resolve(); throw new Error('rejected by the guest'); },
  '/wrong': () => ({ status: 200 }),
  '/loop': () => { for (;;) { calls += 1; } },
  '/allocate': () => { const kept = []; for (;;) kept.push(new Uint8Array(1024 * 1024).fill(1)); },
  '/recurse': () => { const dive = (n) => dive(n + 1) + 1; return answer(200, String(dive(0))); },
  '/huge': () => ({ status: 200, headers: [], body: new Uint8Array(40 * 1024 * 1024) }),
};

export async function handler(request) {
  const route = routes[request.http.url.split('?')[0]];
  return route === undefined ? answer(404, 'no such behaviour') : await route(request);
}
`;
