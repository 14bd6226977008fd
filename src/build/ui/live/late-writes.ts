import { type Stats, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ViteDevServer } from 'vite';

/** The watcher is deaf for a file for 50 ms after it told of a change; then the file is looked at again. */
const LOOK_AGAIN_MS = 60;
/** Between the looks at a file that is being written. */
const EMPTY_LOOK_MS = 2;
/** A file that was emptied this recently is being written: whoever does that may have to wait for a processor. */
const EMPTY_PATIENCE_MS = 500;

/**
 * Makes the watcher tell of a change that came right after another one to the same file (a formatter that
 * runs on save, an editor that truncates and then writes): it would be lost, and the page would stay on the
 * older text.
 */
export function followLateWrites(watcher: ViteDevServer['watcher']): void {
  const waiting = new Map<string, NodeJS.Timeout>();
  const lookAgain = (file: string, seen: Stats | undefined): void => {
    waiting.delete(file);
    if (isSame(seen, statOf(file))) return;
    watcher.emit('change', file);
  };
  const note = (file: string): void => {
    clearTimeout(waiting.get(file));
    waiting.set(file, setTimeout(lookAgain, LOOK_AGAIN_MS, file, statOf(file)));
  };
  watcher.on('change', note).on('add', note);
}

/** Waits for the text of a file that was met empty: it was truncated and is being written. */
export async function whenWritten(file: string): Promise<void> {
  const deadline = performance.now() + EMPTY_PATIENCE_MS;
  while (isBeingWritten(file) && performance.now() < deadline) await delay(EMPTY_LOOK_MS);
}

/** The text of a file as {@link whenWritten} waits for it; undefined when it cannot be read. */
export async function readWritten(file: string): Promise<string | undefined> {
  const deadline = performance.now() + EMPTY_PATIENCE_MS;
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== '' || performance.now() >= deadline) return text;
    // Written since it was read, or empty for good: one more look tells.
    if (!isBeingWritten(file)) return await readFile(file, 'utf8').catch(() => undefined);
    await delay(EMPTY_LOOK_MS);
  }
}

function isBeingWritten(file: string): boolean {
  const stats = statOf(file);
  return stats?.size === 0 && Date.now() - stats.mtimeMs < EMPTY_PATIENCE_MS;
}

/** Equal for a file that was not written in between. */
export function versionOf(file: string): string {
  const stats = statOf(file);
  return stats === undefined ? 'gone' : `${stats.ino}:${stats.mtimeMs}:${stats.size}`;
}

function statOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  // A removal has an event of its own, which is not lost.
  return b === undefined || (a?.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino);
}
