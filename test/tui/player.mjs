// Shows the terminal app with a session that is played from a script: no stack, no build.
// Usage: node player.mjs <file for received commands> [number of extensions] [errors]
import { appendFileSync } from 'node:fs';

const { startTui } = await import('../../dist/src/tui/index.js');

const [commandFile, count = '1', mode = ''] = process.argv.slice(2);
const names = Array.from({ length: Number(count) }, (_, n) => `Example/com.example.demo${n === 0 ? '' : n}`);
const id = '3b8b0204-25d9-57d0-951b-3ed518145469';
const contentHash = `sha256:${'ab'.repeat(32)}`;
const listeners = new Set();

function emit(event) {
  for (const listener of listeners) listener({ at: new Date().toISOString(), ...event });
}

function ready(extension) {
  emit({
    type: 'ready',
    extension,
    urls: {
      page: `http://localhost:3000/msp/extensions/${id}`,
      gateway: `http://localhost:3000/api/ext/${id}`,
      ui: `http://localhost:3000/runner/ext-ui/${id}/live/`,
      runner: 'http://localhost:8085',
    },
    tenantId: '51bbbfe5-0720-4d9b-b3e5-b5b43e441a52',
    registryId: id,
    versionId: id,
    installId: id,
    contentHash,
    version: '0.1.0',
    ms: 1234,
  });
}

function publish(extension) {
  emit({ type: 'change', extension, files: ['src/handler.ts'], kinds: ['handler'] });
  for (const step of [
    'validate',
    'types',
    'component',
    'ui',
    'pack',
    'upload',
    'register',
    'warm',
    'switch',
    'prove',
  ]) {
    emit({ type: 'step', extension, step, state: 'started' });
    emit({ type: 'step', extension, step, state: 'done', ms: step.length * 12 });
  }
  emit({ type: 'live', extension, lane: 'published', ms: 312, contentHash, changed: true });
}

function fail(extension) {
  emit({
    type: 'error',
    extension,
    step: 'component',
    code: 'HANDLER_SYNTAX',
    message: 'Unexpected token, expected an expression after the equals sign of this declaration',
    hint: 'Mend the marked line; the last good version stays live until then.',
    exitCode: 1,
    file: 'src/handler.ts',
    line: 12,
    column: 17,
    frame:
      '  10 |   const a = 1;\n  11 |   const b = 2;\n> 12 |   const answer =;\n     |                 ^\n  13 |   return answer;\n  14 | }',
  });
}

const tui = startTui({
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  send: (command) => {
    appendFileSync(commandFile, `${JSON.stringify(command)}\n`);
    if (command.type === 'rebuild') for (const name of names) publish(name);
    if (command.type === 'doctor') emit({ type: 'note', message: 'doctor: all well' });
    if (command.type === 'quit') {
      clearInterval(chatter);
      emit({ type: 'stopped', reason: 'quit' });
    }
  },
  stdin: process.stdin,
  stdout: process.stdout,
  extensions: names,
});

let requests = 0;
const chatter = setInterval(() => {
  if (mode !== 'chatty') return;
  const path = `/items/${++requests}`;
  emit({ type: 'request', extension: names[0], requestId: 'r', method: 'GET', path, status: 200, ms: 3 });
  emit({
    type: 'guestLog',
    extension: names[0],
    level: 'info',
    stream: 'log',
    message: `guest line ${requests}`,
  });
}, 50);

emit({ type: 'step', step: 'stack', state: 'started' });
emit({ type: 'step', step: 'stack', state: 'done', ms: 900 });
for (const name of names) {
  emit({ type: 'step', extension: name, step: 'component', state: 'started' });
  emit({ type: 'step', extension: name, step: 'component', state: 'done', ms: 1600 });
  if (mode !== 'starting') ready(name);
}
if (mode === 'failing') fail(names[0]);
await tui.waitUntilExit();
appendFileSync(commandFile, '"exited"\n');
