// Times of the handler builder, stage by stage, as JSON on standard output.
//   node bench/handler-build.mjs [--quick]
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHandlerBuilder } from '../dist/src/build/handler/index.js';
import { summarise } from './lib/statistics.mjs';

const quick = process.argv.includes('--quick');
const EDITS = quick ? 10 : 60;
const SLOW_EDITS = quick ? 2 : 7;
const STARTS = quick ? 2 : 7;
/** The first evaluations in a process run while V8 compiles the engine; they are reported by themselves. */
const WARM_UP = 20;

const base = await mkdtemp(join(tmpdir(), 'alga-bench-'));
const cacheDir = join(base, 'cache');
let serial = 0;

const source = (lines) => `const table = [
${Array.from({ length: lines }, (_, index) => `  { id: ${index}, text: 'entry ${index} of the table', twice() { return ${index * 2}; } },`).join('\n')}
];
export async function handler(request) {
  const body = JSON.stringify({ url: request.http.url, size: table.length, version: VERSION });
  return { status: 200, headers: [], body: new TextEncoder().encode(body) };
}
`;

async function project(lines) {
  const root = await mkdtemp(join(base, 'project-'));
  const entry = join(root, 'src', 'handler.ts');
  await mkdir(join(root, 'src'));
  const text = source(lines);
  return {
    bytes: text.length,
    input: { projectRoot: root, handler: { entry, root }, features: 'default' },
    edit: () => writeFile(entry, text.replace('VERSION', String(++serial))),
    write: (changed) => writeFile(entry, changed),
  };
}

function builder(options = {}) {
  return createHandlerBuilder({ cacheDir, onNote: () => undefined, ...options });
}

const never = () => new AbortController().signal;

/** One edit: what each stage took, in milliseconds. */
async function edit(made, subject) {
  await subject.edit();
  const began = performance.now();
  const loaded = await made.buildImage(subject.input, never());
  const live = performance.now();
  const artifact = loaded.assemble();
  return {
    bundle: loaded.ms.bundle,
    load: loaded.ms.load,
    image: live - began,
    assemble: performance.now() - live,
    total: performance.now() - began,
    imageBytes: loaded.image?.bytes.length,
    componentBytes: artifact.component.length,
  };
}

function byStage(runs) {
  const stages = ['bundle', 'load', 'image', 'assemble', 'total'];
  return Object.fromEntries(stages.map((stage) => [stage, summarise(runs.map((run) => run[stage]))]));
}

async function measureEdits(lanes, count, warmUp, lines) {
  const made = builder({ lanes });
  const subject = await project(lines);
  const runs = [];
  for (let index = 0; index < warmUp + count; index++) runs.push(await edit(made, subject));
  await made.stop();
  const measured = runs.slice(warmUp);
  const { imageBytes, componentBytes } = measured[0];
  return {
    sourceBytes: subject.bytes,
    imageBytes,
    componentBytes,
    first: runs[0].total,
    ...byStage(measured),
  };
}

/** A new builder, as in a new session: until the first component. */
async function measureStart(prepare) {
  const values = [];
  for (let index = 0; index < STARTS; index++) {
    const options = await prepare(index);
    const subject = options.subject ?? (await project(20));
    const made = builder(options.builder);
    if (!options.subject) await subject.edit();
    const began = performance.now();
    await made.build(subject.input, never());
    values.push(performance.now() - began);
    await made.stop();
  }
  return summarise(values);
}

async function measureStarts() {
  const empty = (options) => async (index) => ({
    builder: { cacheDir: join(base, `empty-${index}-${++serial}`), ...options },
  });
  const known = await project(20);
  await known.edit();
  return {
    'no cache, nothing shipped': await measureStart(empty({ prebuilt: [] })),
    'no cache, shipped template': await measureStart(empty({})),
    'cached template, new source': await measureStart(async () => ({})),
    'cached template, known source': await measureStart(async () => ({ subject: known })),
  };
}

/** An endless loop at load, and the save that mends it. */
async function measureHang() {
  const made = builder();
  const subject = await project(20);
  const killed = [];
  const mended = [];
  for (let index = 0; index < STARTS; index++) {
    await edit(made, subject);
    await subject.write('export function handler() {}\nfor (;;);\n');
    let began = performance.now();
    await made.build(subject.input, never()).catch(() => undefined);
    killed.push(performance.now() - began);
    await subject.edit();
    began = performance.now();
    await made.build(subject.input, never());
    mended.push(performance.now() - began);
  }
  await made.stop();
  return { killed: summarise(killed), 'next good build': summarise(mended) };
}

/** Memory of this process and of those it started, before and after many builds. */
async function measureMemory() {
  const made = builder();
  const subject = await project(20);
  const samples = [];
  const builds = quick ? 100 : 1000;
  for (let index = 1; index <= builds; index++) {
    await edit(made, subject);
    if (index % (builds / 10) === 0) samples.push(rss());
  }
  await made.stop();
  return { builds, megabytes: samples };
}

function rss() {
  const own = Math.round(process.memoryUsage.rss() / 1e6);
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
    const kilobytes = children.filter(Boolean).map((pid) => {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    });
    return { session: own, builder: Math.round(kilobytes.reduce((sum, value) => sum + value, 0) / 1000) };
  } catch {
    return { session: own };
  }
}

const sizes = { '1 kB': 8, '10 kB': 110, '100 kB': 1_080, '1 MB': 10_600 };
const edits = {};
for (const [name, lines] of Object.entries(sizes)) {
  edits[name] = await measureEdits(['snapshot'], EDITS, quick ? 2 : WARM_UP, lines);
}
const results = {
  machine: { cores: cpus().length, node: process.version },
  snapshot: edits,
  graft: await measureEdits(['graft'], SLOW_EDITS, 1, 110),
  official: await measureEdits(['official'], SLOW_EDITS, 1, 110),
  starts: await measureStarts(),
  hang: await measureHang(),
  memory: await measureMemory(),
};
process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
await rm(base, { recursive: true, force: true });
