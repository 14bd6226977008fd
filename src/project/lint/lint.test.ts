import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/entry.js';
import { loadProject } from '../load.js';
import { lintHandler } from './index.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-lint-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function lint(
  source: string,
  options: { capabilities?: string[]; features?: 'default' | 'parity'; more?: Record<string, string> } = {},
) {
  const manifest = {
    ...{ name: 'a.b', publisher: 'p', version: '1.0.0', runtime: 'wasm-js@1' },
    capabilities: options.capabilities ?? [],
  };
  const files = {
    'manifest.json': JSON.stringify(manifest, null, 2),
    'src/handler.ts': source,
    ...options.more,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return await lintHandler(await loadProject(root), { features: options.features ?? 'default' });
}

/** Codes and places of what is found. */
async function codes(source: string, options: Parameters<typeof lint>[1] = {}): Promise<string[]> {
  const found = await lint(source, options);
  return found.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
}

/** A handler with a statement in it, which stands on line 2, column 3. */
const withBody = (statement: string) =>
  `export function handler(request: any) {\n  ${statement}\n  return { status: 200, headers: [] };\n}\n`;

describe('what misbehaves in a component', () => {
  it.each([
    ["fetch('http://x');", 'LINT_FETCH', 3],
    ["globalThis.fetch('http://x');", 'LINT_FETCH', 3],
    ['const home = process.env.HOME;', 'LINT_NODE_GLOBAL', 16],
    ['const one = process.env[request.x];', 'LINT_NODE_GLOBAL', 15],
    ["Buffer.from('x');", 'LINT_NODE_GLOBAL', 3],
    ["const old = require('x');", 'LINT_NODE_GLOBAL', 15],
    ["new WebSocket('x');", 'LINT_FETCH', 7],
    ["localStorage.getItem('x');", 'LINT_BROWSER_GLOBAL', 3],
    ["const ä = '€😀'; fetch(ä);", 'LINT_FETCH', 20],
    ['request.context.config.x;', 'LINT_REQUEST_FIELD', 3],
    ['const { x } = request.http.query;', 'LINT_REQUEST_FIELD', 17],
    ["import('node:fs');", 'LINT_NODE_MODULE', 10],
  ])('%s', async (statement, code, column) => {
    expect(await codes(withBody(statement))).toEqual([`${code} src/handler.ts:2:${column}`]);
  });

  it.each([
    'Date.now(); new Date(); Math.random(); crypto.randomUUID(); console.log(1); setTimeout(() => {}, 1);',
    'new Date(0); Date.parse("x"); new URL(request.http.url).searchParams;',
    'const fetch = () => 1; fetch();',
    'function inner(process: any) { return process.env; } inner({});',
    'if (typeof process !== "undefined") process.cwd();',
    'const x = { fetch: 1, window: 2 }; x.fetch; x.window;',
    'const text = "process.env.HOME fetch()"; // fetch(1) process.env',
    'let window: string; type T = { document: typeof text }; const text = 1;',
  ])('not %s', async (statement) => {
    expect(await codes(withBody(statement))).toEqual([]);
  });

  it.each([
    ['Date.now();', 'LINT_PARITY_CLOCK'],
    ['new Date();', 'LINT_PARITY_CLOCK'],
    ['performance.now();', 'LINT_PARITY_CLOCK'],
    ['Math.random();', 'LINT_PARITY_RANDOM'],
    ['crypto.randomUUID();', 'LINT_PARITY_RANDOM'],
    ['crypto.getRandomValues(request);', 'LINT_PARITY_RANDOM'],
    ['setTimeout(() => {}, 1);', 'LINT_PARITY_TIMER'],
    ['setInterval(() => {}, 1);', 'LINT_PARITY_TIMER'],
    ['setImmediate(() => {});', 'LINT_PARITY_TIMER'],
    ['console.log(1);', 'LINT_PARITY_CONSOLE'],
  ])("with the product's own features: %s", async (statement, code) => {
    expect(await codes(withBody(statement), { features: 'parity' })).toEqual([`${code} src/handler.ts:2:3`]);
  });

  it.each([
    ['const started = Date.now();\n', 'LINT_TOP_LEVEL_CLOCK 17'],
    ['const started = new Date();\n', 'LINT_TOP_LEVEL_CLOCK 17'],
    ['const id = crypto.randomUUID();\n', 'LINT_TOP_LEVEL_RANDOM 12'],
  ])('outside of a function: %s', async (statement, expected) => {
    const [code, column] = expected.split(' ');
    expect(await codes(statement + withBody(''))).toEqual([`${code} src/handler.ts:1:${column}`]);
  });

  it('in every module that the handler imports', async () => {
    const more = { 'src/lib/a.ts': 'export const a = () => fetch("x");' };
    const found = await codes(`import { a } from './lib/a.js';\n${withBody('a();')}`, { more });
    expect(found).toEqual(['LINT_FETCH src/lib/a.ts:1:24']);
  });

  it.each([
    ["import fs from 'node:fs';", 16],
    ["import { join } from 'path';", 22],
    ["export * from 'crypto';", 15],
    ["export { join } from 'path';", 22],
    ["import 'node:http';", 8],
  ])('a module of Node: %s', async (line, column) => {
    expect(await codes(`// Where it stands is told.\n${line}\n${withBody('')}`)).toEqual([
      `LINT_NODE_MODULE src/handler.ts:2:${column}`,
    ]);
  });
});

describe('responses', () => {
  const answering = (answer: string) => `export function handler() {\n  return ${answer};\n}`;

  it.each([
    ['{ status: 200, body: null }', 'LINT_RESPONSE_HEADERS 2:10'],
    ['{ status: 204 }', 'LINT_RESPONSE_HEADERS 2:10'],
    ['{ status: 200, headers: {} }', 'LINT_RESPONSE_HEADERS 2:25'],
    ["{ status: 200, headers: [], body: 'x' }", 'LINT_RESPONSE_BODY 2:44'],
    ['{ status: 200, headers: [], body: JSON.stringify({}) }', 'LINT_RESPONSE_BODY 2:44'],
    ['{ status: 200, headers: [], body: `a` } as any', 'LINT_RESPONSE_BODY 2:44'],
    ["{ status: 200, headers: [], body: 'a' + 1 }", 'LINT_RESPONSE_BODY 2:44'],
  ])('%s', async (answer, expected) => {
    const [code, place] = expected.split(' ');
    expect(await codes(answering(answer))).toEqual([`${code} src/handler.ts:${place}`]);
  });

  it.each([
    '{ status: 200, headers: [], body: new TextEncoder().encode("x") }',
    '{ status: 404, headers: [] }',
    '{ ...base(), status: 200 }',
    '{ status: 200, headers: list(), body: undefined }',
    '{ state: "x", body: "y" }',
    '{ status: "open", body: "a task" }',
    '{ status: task.status, id: 1 }',
    'respond({ status: 200, body: "x" })',
  ])('not %s', async (answer) => {
    expect(await codes(answering(answer))).toEqual([]);
  });
});

describe('request headers', () => {
  it.each([
    ["request.http.headers.find((h) => h.name.toLowerCase() === 'authorization');", 61],
    ["request.http.headers.some(({ name }) => 'Cookie' === name);", 43],
    ["const { headers } = request.http; headers.filter((x) => x.name == 'x-hub-signature');", 69],
    ["const all = request.http.headers; all.find((h) => { return h.name === 'referer'; });", 73],
  ])('that no handler is given: %s', async (statement, column) => {
    expect(await codes(withBody(statement))).toEqual([`LINT_REQUEST_HEADER src/handler.ts:2:${column}`]);
  });

  it('asked for with the helper', async () => {
    const source = `import { headerOf } from 'alga/handler';\n${withBody("headerOf(request, 'origin');")}`;
    expect(await codes(source)).toEqual(['LINT_REQUEST_HEADER src/handler.ts:3:21']);
  });

  it.each([
    "request.http.headers.find((h) => h.name.toLowerCase() === 'content-type');",
    "request.http.headers.find((h) => h.name === 'x-request-id' && h.value === 'cookie');",
    "answer.headers.find((h) => h.name === 'set-cookie');",
    "request.http.headers.find((h) => h.name === wanted); const users = []; users.find((u) => u.name === 'x');",
  ])('not %s', async (statement) => {
    expect(await codes(withBody(statement))).toEqual([]);
  });
});

describe('host interfaces', () => {
  it.each([
    ["import { list } from 'alga:extension/secrets';", 'Import { listKeys }.', 10],
    ["import { list } from 'alga:extension/storage';", 'Import { listEntries }.', 10],
    ["import { info } from 'alga:extension/logging';", 'Import { logInfo }.', 10],
    ["import log from 'alga:extension/logging';", 'It has: logInfo, logWarn, logError.', 8],
    [
      "import { get } from 'alga:extension/secrets@1.0.0';",
      "Import from 'alga:extension/secrets', without a version.",
      21,
    ],
  ])('%s', async (line, hint, column) => {
    const found = await lint(`\n${line}\n${withBody('')}`, {
      capabilities: ['cap:secrets.get', 'cap:storage.kv'],
    });
    const host = found.filter(({ code }) => code.startsWith('LINT_HOST_'));
    const code = line.includes('@') ? 'LINT_HOST_INTERFACE' : 'LINT_HOST_FUNCTION';
    expect(host).toMatchObject([{ code, hint, file: 'src/handler.ts', line: 2, column }]);
  });

  it('accepts all that there are', async () => {
    const lines = [
      "import { get, put, delete as remove, listEntries } from 'alga:extension/storage';",
      "import * as secrets from 'alga:extension/secrets';",
      "import type { Anything } from 'alga:extension/types';",
    ];
    const capabilities = ['cap:storage.kv', 'cap:secrets.get'];
    expect(await codes(lines.join('\n') + withBody(''), { capabilities })).toEqual([]);
  });
});

describe('capabilities', () => {
  it('that are used but not declared', async () => {
    const found = await lint(`import { fetch } from 'alga:extension/http';\n${withBody('')}`);
    expect(found).toMatchObject([
      {
        code: 'CAPABILITY_NOT_DECLARED',
        hint: 'Run: alga add capability cap:http.fetch',
        file: 'src/handler.ts',
        line: 1,
        column: 24,
      },
    ]);
  });

  it('that are declared but not used', async () => {
    const capabilities = ['cap:log.emit', 'CAP:Storage.KV', 'cap:ui.proxy', 'odd'];
    expect(await codes(withBody(''), { capabilities })).toEqual(['CAPABILITY_UNUSED manifest.json:8:5']);
  });

  it('that are always granted need no declaration', async () => {
    const source = `import { getContext } from 'alga:extension/context';\n${withBody('getContext();')}`;
    expect(await codes(source)).toEqual([]);
  });
});

describe('an async handler', () => {
  it('that awaits nothing', async () => {
    const source = 'export async function handler() {\n  return { status: 200, headers: [] };\n}';
    expect(await codes(source)).toEqual(['LINT_ASYNC_HANDLER src/handler.ts:1:8']);
  });

  it('behind an index that passes it on', async () => {
    const source = 'export async function handler() {\n  return { status: 200, headers: [] };\n}';
    const more = { 'src/index.ts': "export { handler } from './handler.js';" };
    expect(await codes(source, { more })).toEqual(['LINT_ASYNC_HANDLER src/handler.ts:1:8']);
  });

  it.each([
    'export async function handler(r) { await work(r); return { status: 200, headers: [] }; }',
    'export async function handler(r) { return work(r); }',
    'export const handler = async (r) => { for await (const x of r) x(); return { status: 200, headers: [] }; };',
    'export function handler(r) { return { status: 200, headers: [] }; }',
  ])('not %s', async (source) => {
    expect(await codes(source)).toEqual([]);
  });
});

it('has a row for everything that is told, here and in the document', async () => {
  const rules = join(import.meta.dirname, 'rules');
  const read = async (folder: string, name: string) => readFile(join(folder, name), 'utf8');
  const texts = await Promise.all((await readdir(rules)).map((name) => read(rules, name)));
  const told = new Set(texts.join().match(/LINT_\w+/g));
  const tested = (
    await Promise.all(['lint.test.ts', 'ui.test.ts'].map((name) => read(import.meta.dirname, name)))
  ).join();
  expect(told.size).toBeGreaterThan(10);
  expect([...told].filter((code) => !tested.includes(code))).toEqual([]);
  const documented = await read(join(packageRoot(), 'docs'), 'compatibility.md');
  expect([...told].filter((code) => !documented.includes(code))).toEqual([]);
});

it('leaves code that does not parse to the build', async () => {
  expect(await codes('export function handler( {')).toEqual([]);
});
