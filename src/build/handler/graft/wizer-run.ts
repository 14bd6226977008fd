import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LoadReply } from '../evaluation/load-reply.js';
import type { EngineTemplate } from '../template/engine-template.js';
import { BINDINGS_PATH, ENGINE_EXPORT } from '../template/evaluation-world.js';
import { initializedImage } from './initialized-image.js';

/** What is loaded, and with which engine. */
export interface WizerOrder {
  /** Absolute path of the native program. */
  readonly wizer: string;
  readonly template: Omit<EngineTemplate, 'component'> & { readonly base: Uint8Array };
  readonly source: string;
  readonly guestPath: string;
}

const ENGINE_FILE = 'engine.wasm';
const OUTPUT_FILE = 'loaded.wasm';
const GUEST_ROOT = 'root';

/** Loads a handler with the native tool, in a folder of its own below `folder`, and gives the state afterwards. */
export async function runWizer(order: WizerOrder, folder: string): Promise<LoadReply> {
  const dir = await mkdtemp(join(folder, 'run-'));
  try {
    const root = join(dir, GUEST_ROOT);
    const source = join(root, order.guestPath);
    await mkdir(dirname(source), { recursive: true });
    await Promise.all([
      writeFile(join(dir, ENGINE_FILE), order.template.engine),
      writeFile(join(root, BINDINGS_PATH), order.template.bindings),
      writeFile(source, order.source),
    ]);
    const { code, printed } = await run(order, dir);
    if (code !== 0) return { refusal: { printed } };
    const loaded = await readFile(join(dir, OUTPUT_FILE));
    return initializedImage(loaded, order.template);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function run(order: WizerOrder, dir: string): Promise<{ code: number | null; printed: string }> {
  const args = [
    '--allow-wasi',
    `--init-func=${ENGINE_EXPORT.load}`,
    `--mapdir=/::${join(dir, GUEST_ROOT)}`,
    '--wasm-bulk-memory=true',
    '--inherit-env=true',
    `-o=${join(dir, OUTPUT_FILE)}`,
    join(dir, ENGINE_FILE),
  ];
  const child = spawn(order.wizer, args, {
    // The guest sees this environment; the tool itself needs the folder in which it caches compiled code.
    env: { ...order.template.facts.environment, SOURCE_NAME: order.guestPath, ...cacheLocation() },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(`--initializer-script-path ${BINDINGS_PATH} --strip-path-prefix / ${order.guestPath}`);
  return outcomeOf(child);
}

function outcomeOf(child: ChildProcess): Promise<{ code: number | null; printed: string }> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, printed }));
  });
}

function cacheLocation(): Record<string, string> {
  const names = ['HOME', 'XDG_CACHE_HOME', 'LOCALAPPDATA', 'USERPROFILE', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
