import type { SessionCommand } from '../dev/commands.js';
import type { TuiOptions } from './options.js';
import { loadProductionReact } from './production-react.js';
import type { ScreenStore } from './store.js';
import type { Paint } from './text/paint.js';

export interface OpenScreen {
  waitUntilExit(): Promise<void>;
  close(): void;
}

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
    close: () => {
      store.input({ type: 'gone' });
      instance.clear();
      instance.unmount();
    },
  };
}
