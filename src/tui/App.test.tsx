import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionCommand } from '../dev/commands.js';
import { App } from './App.js';
import { KEYS } from './keys.js';
import { ScreenStore } from './store.js';
import { painter } from './text/paint.js';

afterEach(cleanup);

function shown(extensions: readonly string[] = ['Example/com.example.demo']) {
  const paint = painter(false);
  const store = new ScreenStore(paint, extensions);
  const commands: SessionCommand[] = [];
  const app = render(<App store={store} paint={paint} send={(command) => commands.push(command)} />);
  return { ...app, store, commands, text: () => app.lastFrame() ?? '' };
}

const at = '2026-11-21T10:00:00.000Z';

describe('the terminal app', () => {
  it('draws a skeleton at once', () => {
    expect(shown().text()).toContain('○ com.example.demo  waiting');
  });

  it('follows the events', async () => {
    const app = shown();
    app.store.event({
      type: 'step',
      at,
      extension: 'Example/com.example.demo',
      step: 'component',
      state: 'started',
    });
    await vi.waitFor(() => expect(app.text()).toContain('component'));
  });

  it('writes log lines above the live part', async () => {
    const app = shown();
    app.store.event({ type: 'note', at, message: 'runner restarted' });
    await vi.waitFor(() => expect(app.frames.some((frame) => /runner restarted\n/.test(frame))).toBe(true));
  });

  it.each(KEYS.filter(({ does }) => 'command' in does))(
    'sends the command of the key $label',
    async ({ key, does }) => {
      const app = shown();
      app.stdin.write(key);
      await vi.waitFor(() => expect(app.commands).toEqual([{ type: 'command' in does ? does.command : '' }]));
    },
  );

  it('takes Ctrl-C as quit, and keys that arrive together one by one', async () => {
    const app = shown();
    app.stdin.write('rro');
    app.stdin.write('\u0003');
    await vi.waitFor(() =>
      expect(app.commands.map(({ type }) => type)).toEqual(['rebuild', 'rebuild', 'openPage', 'quit']),
    );
    await vi.waitFor(() => expect(app.text()).toContain('stopping'));
  });

  it('narrows commands to the chosen extension', async () => {
    const app = shown(['a/one', 'a/two']);
    app.stdin.write('\t');
    await vi.waitFor(() => expect(app.text()).toContain('▸one'));
    app.stdin.write('rR');
    await vi.waitFor(() =>
      expect(app.commands).toEqual([{ type: 'rebuild', extension: 'a/one' }, { type: 'restartRunner' }]),
    );
  });

  it('shows and hides the help', async () => {
    const app = shown();
    app.stdin.write('?');
    await vi.waitFor(() => expect(app.text()).toContain('build and publish again'));
    app.stdin.write('?');
    await vi.waitFor(() => expect(app.text()).not.toContain('build and publish again'));
  });

  it('filters the log and shows the latest lines that pass', async () => {
    const app = shown();
    app.store.event({ type: 'note', at, message: 'a build line' });
    const extension = 'Example/com.example.demo';
    app.store.event({
      type: 'request',
      at,
      extension,
      requestId: 'r',
      method: 'GET',
      path: '/x',
      status: 200,
      ms: 1,
    });
    app.frames.length = 0;
    app.stdin.write('ll');
    await vi.waitFor(() => expect(app.text()).toContain('log:requests'));
    const written = app.frames.join('\n');
    expect(written).toContain('── log: requests only ──');
    expect(written.slice(written.indexOf('requests only'))).toContain('GET /x');
    app.frames.length = 0;
    app.store.event({ type: 'note', at, message: 'hidden line' });
    app.store.event({
      type: 'request',
      at,
      extension,
      requestId: 'r',
      method: 'GET',
      path: '/y',
      status: 200,
      ms: 1,
    });
    await vi.waitFor(() => expect(app.frames.join('\n')).toContain('GET /y'));
    expect(app.frames.join('\n')).not.toContain('hidden line');
  });

  it('keeps only printable text of the guest', async () => {
    const app = shown();
    app.store.event({ type: 'guestLog', at, level: 'info', stream: 'log', message: '\u001b]0;evil\u0007ok' });
    await vi.waitFor(() => expect(app.frames.join('')).toContain('guest ok'));
    expect(app.frames.join('')).not.toContain('evil');
  });
});
