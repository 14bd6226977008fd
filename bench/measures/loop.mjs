// The edit-to-live loop of one extension: what an author waits for after a save.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../lib/client.mjs';
import { handlerEdits, noOpSaves, uiEdits } from '../lib/edits.mjs';
import { temporaryHome } from '../lib/home.mjs';
import { memoryOfSession } from '../lib/memory.mjs';
import { fullProject } from '../lib/projects.mjs';
import { startSession } from '../lib/session.mjs';
import { repeat, summarise } from '../lib/statistics.mjs';

/** Between the start and the first save, as an author looks at the page first; the session gets ready for saves meanwhile. */
const SETTLED_MS = 5_000;

export async function measureLoop({ edits, starts, browser }) {
  const home = await temporaryHome();
  const project = await fullProject('loop');
  try {
    const cold = await timeToReady(project, home.folder);
    const warm = [];
    for (let i = 0; i < starts; i++) warm.push(await timeToReady(project, home.folder));
    const session = startSession([project.folder], home.folder);
    try {
      const ready = await session.next((event) => event.type === 'ready');
      await session.next(
        (event) => event.type === 'step' && event.step === 'types' && event.state === 'done',
      );
      await pause(SETTLED_MS);
      const handlerFile = join(project.folder, 'src', 'handler.ts');
      const appFile = join(project.folder, 'ui', 'src', 'App.tsx');
      const { gateway, page: pageUrl } = ready.urls;
      const handler = await handlerEdits({ session, handlerFile, gateway, edits });
      const visible = browser && (await uiEdits({ session, browser, pageUrl, appFile, edits }));
      const stack = session.events.find(
        (event) => event.type === 'step' && event.step === 'stack' && event.ms,
      );
      return {
        'first start on a machine -> published': summarise([cold]),
        'warm start -> published and proven': summarise(warm),
        'of which the embedded stack': summarise([stack.ms]),
        'handler save -> new answer through the gateway': handler.answered,
        'handler save -> published and proven': handler.proven,
        ...Object.fromEntries(
          handler.stages.map(([step, times]) => [`handler save: of which ${step}`, times]),
        ),
        ...(visible ? { 'UI save -> visible in the iframe': visible } : {}),
        'steps run for no-op saves': await noOpSaves({ session, handlerFile, edits }),
        'call through gateway and runner, warm': await calls(gateway),
        ...memoryRows(await memoryOfSession(session.child.pid)),
      };
    } finally {
      await session.stop();
    }
  } finally {
    await project.remove();
    await home.remove();
  }
}

function memoryRows({ session, runner, builder, stack, other }) {
  return {
    'memory of session, runner and builder (MiB)': summarise([session + runner + builder]),
    'memory of the whole session, with stack, UI and types (MiB)': summarise([
      session + runner + builder + stack + other,
    ]),
  };
}

async function timeToReady(project, home) {
  const session = startSession([project.folder], home);
  await session.next((event) => event.type === 'ready');
  const ms = performance.now() - session.began;
  await session.stop();
  return ms;
}

function calls(gateway) {
  const once = async () => {
    const began = performance.now();
    await ask(`${gateway}/api/status`);
    return performance.now() - began;
  };
  return repeat(30, once, 5);
}
