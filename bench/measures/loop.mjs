// The edit-to-live loop of one extension: what an author waits for after a save.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findProgram } from '../../scripts/lib/programs.mjs';
import { fullProject } from '../lib/projects.mjs';
import { startSession } from '../lib/session.mjs';
import { repeat, summarise } from '../lib/statistics.mjs';

const HANDLER_TEXT = 'Hello from the handler';
const UI_TEXT = 'and save: the page changes, its state stays.';

export async function measureLoop({ edits, starts }) {
  const project = await fullProject('loop');
  const home = await mkdtemp(join(tmpdir(), 'alga-bench-'));
  try {
    const cold = await timeToReady(project, home);
    const warm = [];
    for (let i = 0; i < starts; i++) warm.push(await timeToReady(project, home));
    const session = startSession([project.folder], home);
    try {
      const ready = await session.next((event) => event.type === 'ready');
      return {
        'first start on a machine -> published': summarise([cold]),
        'warm start -> published and proven': summarise(warm),
        ...(await measureHandler(session, project, ready, edits)),
        ...(await measureUi(session, project, ready, edits)),
        ...(await measureNoOp(session, project, edits)),
        ...(await measureExecute(ready)),
      };
    } finally {
      await session.stop();
    }
  } finally {
    await project.remove();
    await rm(home, { recursive: true, force: true });
  }
}

async function timeToReady(project, home) {
  const session = startSession([project.folder], home);
  await session.next((event) => event.type === 'ready');
  const ms = performance.now() - session.began;
  await session.stop();
  return ms;
}

/** Save of the handler: first new answer through the gateway, and published, proven. */
async function measureHandler(session, project, ready, edits) {
  const file = join(project.folder, 'src', 'handler.ts');
  const source = await readFile(file, 'utf8');
  const published = [];
  const answered = await repeat(edits, async (i) => {
    const text = `edit ${i} ${Date.now()}`;
    const from = session.mark();
    const began = performance.now();
    await writeFile(file, source.replace(HANDLER_TEXT, text));
    const answer = await answerWith(`${ready.urls.gateway}/api/status`, text);
    const live = await session.next((event) => event.type === 'live' && event.lane === 'published', from);
    if (i >= 0) published.push(live.ms);
    return answer - began;
  });
  await writeFile(file, source);
  await session.next((event) => event.type === 'live' && event.lane === 'published', session.mark());
  return {
    'handler save -> new answer through the gateway': answered,
    'handler save -> published and proven': summarise(published),
  };
}

async function answerWith(url, text) {
  for (;;) {
    const response = await fetch(url);
    if ((await response.text()).includes(text)) return performance.now();
  }
}

/** Save of a component: new text visible in the iframe of a real browser. */
async function measureUi(session, project, ready, edits) {
  const executablePath = findProgram('chromium');
  if (!executablePath) return {};
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    await page.goto(ready.urls.page);
    const frame = page.frameLocator('iframe[title="Extension App"]');
    await frame.getByText(UI_TEXT).waitFor();
    const file = join(project.folder, 'ui', 'src', 'App.tsx');
    const source = await readFile(file, 'utf8');
    const visible = await repeat(edits, async (i) => {
      const text = `edit ${i} ${Date.now()}`;
      const from = session.mark();
      const began = performance.now();
      await writeFile(file, source.replace(UI_TEXT, text));
      await frame.getByText(text).waitFor();
      const ms = performance.now() - began;
      await session.next((event) => event.type === 'live' && event.lane === 'published', from);
      return ms;
    });
    return { 'UI save -> visible in the iframe': visible };
  } finally {
    await browser.close();
  }
}

/** A save that changes nothing must cost nothing: the next real change is what proves it was ignored. */
async function measureNoOp(session, project, edits) {
  const file = join(project.folder, 'src', 'handler.ts');
  const source = await readFile(file, 'utf8');
  const from = session.mark();
  for (let i = 0; i < edits; i++) await writeFile(file, source);
  await writeFile(file, `${source}\n// a real change\n`);
  await session.next((event) => event.type === 'live' && event.lane === 'published', from);
  const changes = session.events.slice(from).filter((event) => event.type === 'change').length;
  return { 'changes seen for no-op saves': { n: edits, count: changes - 1 } };
}

async function measureExecute(ready) {
  const url = `${ready.urls.gateway}/api/status`;
  const once = async () => {
    const began = performance.now();
    await (await fetch(url)).text();
    return performance.now() - began;
  };
  return { 'call through gateway and runner, warm': await repeat(50, once, 10) };
}
