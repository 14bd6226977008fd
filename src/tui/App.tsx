import { Box, Text, useInput, useStdout } from 'ink';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { SessionCommand } from '../dev/commands.js';
import { bindingOf, commandOf } from './keys.js';
import { isBusy } from './state.js';
import type { ScreenStore } from './store.js';
import type { Paint } from './text/paint.js';
import { screenLines } from './view/screen.js';

const TICK_MS = 100;
/** Moves to the top left and erases the screen; the scrollback stays. */
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export interface AppProps {
  readonly store: ScreenStore;
  readonly paint: Paint;
  readonly send: (command: SessionCommand) => void;
}

/** The live part of the screen; log lines are written above it and stay in the scrollback. */
export function App({ store, paint, send }: AppProps) {
  const state = useSyncExternalStore(store.subscribe, store.state);
  const { write } = useStdout();
  const size = useTerminalSize();
  const now = useClock(isBusy(state));
  useKeys({ store, send, clear: () => write(CLEAR_SCREEN) });
  useEffect(() => {
    store.onLog(write);
    return () => store.onLog(undefined);
  }, [store, write]);
  return (
    <Box flexDirection="column">
      {screenLines(state, { ...size, now, paint }).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={index} wrap="truncate-end">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  );
}

interface KeyTargets extends Pick<AppProps, 'store' | 'send'> {
  readonly clear: () => void;
}

function useKeys({ store, send, clear }: KeyTargets): void {
  useInput((input, key) => {
    if (key.ctrl && input !== 'c') return;
    // Keys pressed fast arrive together.
    const pressed = key.ctrl ? ['q'] : key.tab ? ['\t'] : [...input];
    for (const one of pressed) press(one, { store, send, clear });
  });
}

function press(key: string, { store, send, clear }: KeyTargets): void {
  const does = bindingOf(key)?.does;
  if (does === undefined) return;
  if ('command' in does) {
    if (does.command === 'quit') store.input({ type: 'leaving' });
    send(commandOf(does.command, store.state().selected));
  } else if (does.view === 'clear') clear();
  else store.input({ type: does.view });
}

/** The terminal's size, now and after each resize. */
function useTerminalSize(): { columns: number; rows: number } {
  const { stdout } = useStdout();
  const measure = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const [size, setSize] = useState(measure);
  useEffect(() => {
    const update = () => setSize(measure());
    stdout.on('resize', update);
    return () => {
      stdout.off('resize', update);
    };
  });
  return size;
}

/** The time, moving only while something on the screen is running. */
function useClock(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return running ? Math.max(now, Date.now()) : now;
}
