import type { Logger } from 'vite';

/**
 * A logger that keeps Vite off the terminal. `onError` hears of what it would have printed as an error.
 */
export function quietLogger(onError: (error: unknown) => void = () => undefined): Logger {
  const logged = new WeakSet<object>();
  return {
    hasWarned: false,
    info: () => undefined,
    warn: () => undefined,
    warnOnce: () => undefined,
    clearScreen: () => undefined,
    error: (_text, options) => {
      if (options?.error === undefined || options.error === null) return;
      logged.add(options.error);
      onError(options.error);
    },
    hasErrorLogged: (error) => logged.has(error),
  };
}
