import { setTimeout } from 'node:timers/promises';
import type { SessionCommand } from '../dev/commands.js';
import type { TuiOptions } from './options.js';
import { loadProductionReact } from './production-react.js';
import type { ScreenStore } from './store.js';
import type { Paint } from './text/paint.js';

export interface OpenScreen {
  waitUntilExit(): Promise<void>;
  /** Resolves when the live part is erased. */
  close(): Promise<void>;
}

/** Ink draws at most so often; a drawing that it has put off is over after this time. */
const DRAWN_MS = 50;

/** Draws the app with Ink. Close erases the live part and restores the terminal's modes. */
export async function openScreen(
  options: Pick<TuiOptions, 'stdin' | 'stdout' | 'send'> & { store: ScreenStore; paint: Paint },
): Promise<OpenScreen> {
  loadProductionReact();
  const [{ render }, { createElement }, { App }] = await Promise.all([
    import('ink'),
    import('react'),
    import('./App.js'),
  ]);
  const { stdin, stdout, store, paint } = options;
  const send = (command: SessionCommand) => options.send(command);
  const app = createElement(App, {
    store,
    paint,
    send,
  });
  const instance = render(app, { stdin, stdout, exitOnCtrlC: false, patchConsole: false });
  return {
    waitUntilExit: async () => {
      await instance.waitUntilExit();
    },
    close: async () => {
      store.input({ type: 'gone' });
      // What it has put off would be drawn after the screen was cleared, and stay.
      await setTimeout(DRAWN_MS);
      instance.clear();
      instance.unmount();
    },
  };
}
