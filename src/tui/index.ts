import type { TuiOptions } from './options.js';
import { ScreenStore } from './store.js';
import { painter, wantsColor } from './text/paint.js';

export type { TuiOptions } from './options.js';

export interface Tui {
  /** Resolves when the terminal has been given back. */
  waitUntilExit(): Promise<void>;
  /** Gives the terminal back: the live part is erased, the log stays. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the terminal app on a terminal. A first line is written at once; the live part follows as
 * soon as Ink is loaded. It ends by itself when the session says `stopped`, or by `stop()`.
 */
export function startTui(options: TuiOptions): Tui {
  const { stdout, env = process.env } = options;
  const paint = painter(wantsColor(stdout, env));
  const store = new ScreenStore(paint, options.extensions ?? []);
  stdout.write(
    `${paint('bold', 'alga dev')} ${paint('dim', (options.extensions ?? []).join(', ') || 'starting …')}\n`,
  );
  // A terminal that is closed makes writes fail; the session must end then, not crash.
  const onClosed = () => options.send({ type: 'quit' });
  stdout.on('error', onClosed);
  let stopping = false;
  const unsubscribe = options.subscribe((event) => {
    store.event(event);
    if (event.type === 'stopped') void stop();
  });
  const screen = import('./screen.js').then(({ openScreen }) =>
    stopping ? undefined : openScreen({ store, paint, ...options }),
  );
  const ended = screen.then((opened) => opened?.waitUntilExit()).finally(() => stdout.off('error', onClosed));

  async function stop(): Promise<void> {
    if (!stopping) {
      stopping = true;
      unsubscribe();
      const opened = await screen;
      if (opened === undefined) store.onLog((text) => stdout.write(text));
      else await opened.close();
    }
    await ended;
  }
  return { waitUntilExit: () => ended, stop };
}
