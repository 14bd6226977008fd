import { get, put } from 'alga:extension/storage';

const NAMESPACE = 'notes';
const KEY = 'newest';
const KEPT = 20;
const ATTEMPTS = 3;

export interface Note {
  readonly id: number;
  readonly text: string;
  readonly author: string;
  readonly writtenAt: string;
}

/** The kept notes, newest first. */
export function readNotes(): Note[] {
  return load().notes;
}

/**
 * Keeps a note. The stored revision is sent along, so that a note written by somebody else in between is not
 * lost; undefined when that happened several times in a row.
 */
export function addNote(text: string, author: string): Note | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { notes, revision } = load();
    const note: Note = { id: (notes[0]?.id ?? 0) + 1, text, author, writtenAt: new Date().toISOString() };
    const value = new TextEncoder().encode(JSON.stringify([note, ...notes].slice(0, KEPT)));
    try {
      put({ namespace: NAMESPACE, key: KEY, value, revision });
      return note;
    } catch (error) {
      if (reason(error) !== 'conflict') throw error;
    }
  }
  return undefined;
}

function load(): { notes: Note[]; revision?: bigint } {
  try {
    const entry = get(NAMESPACE, KEY);
    return { notes: JSON.parse(new TextDecoder().decode(entry.value)), revision: entry.revision };
  } catch (error) {
    if (reason(error) === 'missing') return { notes: [] };
    throw error;
  }
}

/** Host calls that fail throw an object whose `payload` names the reason. */
function reason(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'payload' in error ? error.payload : undefined;
}
