import { z } from 'zod';
import { identifyProcess, type ProcessIdentity, type StopStep, stopForeign } from '../../core/process.js';
import { readJsonFile, writeJsonFile } from './json-file.js';

const journalSchema = z.object({
  children: z.array(z.object({ service: z.string(), pid: z.number().int(), startedAt: z.string() })),
});

/** What is left over has no clients worth waiting for. SIGINT makes a database close its files at once. */
const leftoverStop: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/**
 * Written record of the children a supervisor has started: when it dies together with its watchdog
 * (a crash of the machine's session, a power cut), the next one finds here what it left.
 */
export class Journal {
  readonly #path: string;
  readonly #children = new Map<string, ProcessIdentity>();
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Stops what an earlier supervisor left running; gives the names of those services. */
  async cleanUp(): Promise<string[]> {
    const left = await readJsonFile(this.#path, journalSchema).catch(() => undefined);
    const stopped = await Promise.all(
      (left?.children ?? []).map(async ({ service, ...identity }) =>
        (await stopForeign(identity, leftoverStop)) ? [service] : [],
      ),
    );
    await this.#write();
    return stopped.flat();
  }

  /** Records a child that has just been started, in place of an earlier one of that service. */
  async add(service: string, pid: number): Promise<void> {
    const identity = await identifyProcess(pid);
    if (identity === undefined) return;
    this.#children.set(service, identity);
    await this.#write();
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const children = [...this.#children].map(([service, identity]) => ({ service, ...identity }));
      await writeJsonFile(this.#path, { children });
    });
    return this.#writing;
  }
}
