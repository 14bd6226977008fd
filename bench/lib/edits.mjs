import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './client.mjs';
import { summarise } from './statistics.mjs';

/** Between edits, as an author pauses; the gateway's rate limit (one call a second in the long run) asks for it too. */
const PAUSE_MS = 1_500;
const FRAME = 'iframe[title="Extension App"]';
const HANDLER_TEXT = 'Hello from the handler';
const UI_TEXT = 'and save: the page changes, its state stays.';

const isDone = (event) => event.type === 'step' && event.state === 'done';
const published = (event) => event.type === 'live' && event.lane === 'published';

/**
 * Saves a new greeting `edits` times: until the gateway gives it, and until it is published and proven. `stages`
 * has the times of the steps between, which partly run side by side.
 */
export async function handlerEdits({ session, handlerFile, gateway, edits, warmups = 2 }) {
  const source = await readFile(handlerFile, 'utf8');
  const answered = [];
  const proven = [];
  const stages = new Map();
  for (let i = -warmups; i < edits; i++) {
    await pause(PAUSE_MS);
    const text = `edit ${i} ${Date.now()}`;
    const from = session.mark();
    const began = performance.now();
    await writeFile(handlerFile, source.replace(HANDLER_TEXT, text));
    // Calls before the session has seen the save get the old code, and take the processor from what is measured.
    await session.next((event) => event.type === 'change', from);
    const answer = await firstAnswerWith(`${gateway}/api/status`, text);
    const live = await session.next(published, from);
    if (i < 0) continue;
    answered.push(answer - began);
    proven.push(live.ms);
    for (const { step, ms } of session.events.slice(from).filter(isDone)) {
      stages.set(step, [...(stages.get(step) ?? []), ms]);
    }
  }
  const from = session.mark();
  await writeFile(handlerFile, source);
  await session.next(published, from);
  return {
    answered: summarise(answered),
    proven: summarise(proven),
    stages: [...stages].map(([step, times]) => [step, summarise(times)]),
  };
}

async function firstAnswerWith(url, text) {
  for (;;) {
    const { status, text: answer } = await ask(url);
    if (status === 429) throw new Error('the gateway refuses more calls: the measure would be wrong');
    if (answer.includes(text)) return performance.now();
  }
}

/**
 * Saves a new text of a component `edits` times: until a real browser shows it in the iframe. The page itself notes
 * when: asking it again and again would be as coarse as the pauses between, and take its time.
 */
export async function uiEdits({ session, browser, pageUrl, appFile, edits, warmups = 2 }) {
  const page = await browser.newPage();
  try {
    await page.goto(pageUrl);
    await page.frameLocator(FRAME).getByText(UI_TEXT).waitFor();
    const frame = await (await page.locator(FRAME).elementHandle()).contentFrame();
    const source = await readFile(appFile, 'utf8');
    const visible = [];
    for (let i = -warmups; i < edits; i++) {
      await pause(PAUSE_MS);
      const text = `edit ${i} ${Date.now()}`;
      const from = session.mark();
      await frame.evaluate(noteWhenShown, text);
      const began = performance.timeOrigin + performance.now();
      await writeFile(appFile, source.replace(UI_TEXT, text));
      const shown = await frame.evaluate(() => globalThis.shown);
      if (i >= 0) visible.push(shown - began);
      await session.next(published, from);
    }
    return summarise(visible);
  } finally {
    await page.close();
  }
}

/** Runs in the page: keeps a promise of the time (Unix milliseconds) at which a frame with the text is drawn. */
function noteWhenShown(text) {
  globalThis.shown = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (!document.body.textContent.includes(text)) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** A save that changes nothing: milliseconds until the session has looked at it, and what it did then. */
export async function noOpSaves({ session, handlerFile, edits }) {
  const source = await readFile(handlerFile, 'utf8');
  const from = session.mark();
  for (let i = 0; i < edits; i++) await writeFile(handlerFile, source);
  await pause(PAUSE_MS);
  const marked = session.mark();
  // The next real change proves that the watcher was awake all the time.
  await writeFile(handlerFile, `${source}\n// a real change\n`);
  await session.next(published, marked);
  const done = session.events.slice(from, marked).filter((event) => event.type === 'step');
  await writeFile(handlerFile, source);
  await session.next(published, session.mark());
  return { n: edits, count: done.length };
}
