import type { ReadStream, WriteStream } from 'node:tty';
import type { SessionCommand } from '../dev/commands.js';
import type { SessionEvent } from '../dev/events.js';

export interface TuiOptions {
  /** Calls the listener for each event of the session; gives back how to stop that. */
  readonly subscribe: (listener: (event: SessionEvent) => void) => () => void;
  readonly send: (command: SessionCommand) => void;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  /** Names of the extensions that will come, for the first frame. */
  readonly extensions?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}
