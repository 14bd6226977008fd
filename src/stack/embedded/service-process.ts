import { choosePort } from '../../core/ports.js';
import type { ProcessExit } from '../../core/process.js';

/** Which port a service shall listen on: one of several, or exactly one that others already know. */
export type PortChoice = { readonly preferred: readonly number[] } | { readonly only: number };

/** A service that runs in a process of its own and is ready. */
export interface ServiceProcess {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process is gone, for whatever reason. */
  readonly exited: Promise<ProcessExit>;
  /** Ends it within a bound. */
  stop(): Promise<ProcessExit>;
}

/** What every service needs to be started. */
export interface ServiceStart {
  readonly ports: PortChoice;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** Where those lines end up, for error messages; empty when nowhere. */
  readonly logFile: string;
  readonly onProgress: (text: string) => void;
  /** Told the id of the process as soon as it exists. */
  readonly onSpawn: (pid: number) => void;
}

/** How often another program may be faster at taking a port that was free a moment ago. */
const PORT_ATTEMPTS = 5;

/** Thrown by a start that found its port taken. */
export class PortInUse extends Error {
  constructor(readonly port: number) {
    super(`port ${port} is held by another program`);
    this.name = 'PortInUse';
  }
}

/**
 * Starts a service on the port it must have, or on the first free one of its wishes. A port that is
 * lost between looking and binding is left out and the next one taken.
 */
export async function startOnPort<T>(choice: PortChoice, start: (port: number) => Promise<T>): Promise<T> {
  if ('only' in choice) return start(choice.only);
  const lost = new Set<number>();
  for (;;) {
    const port = await choosePort({ preferred: choice.preferred, taken: lost });
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof PortInUse) || lost.size >= PORT_ATTEMPTS) throw error;
      lost.add(port);
    }
  }
}
