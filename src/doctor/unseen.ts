import { textOf } from '../core/errors/alga-error.js';

/**
 * Why a part of the system cannot be looked at. `idle`: it does not run, or is not there yet, and
 * nobody says it should be; `failed`: it should be there, and looking at it failed.
 */
export type Absence = 'idle' | 'failed';

/** Thrown when a check asks for a part that cannot be seen. */
export class Unseen extends Error {
  readonly part: string;
  readonly absence: Absence;

  constructor(part: string, absence: Absence, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'Unseen';
    this.part = part;
    this.absence = absence;
  }
}

/** Any failure to see `part`, as one; an `Unseen` of another part it depends on is kept. */
export function asUnseen(part: string, error: unknown): Unseen {
  return error instanceof Unseen ? error : new Unseen(part, 'failed', textOf(error), error);
}

/** The value of a look, or why there is none. */
export type Seen<T> = { readonly value: T } | { readonly unseen: Unseen };

/** A look whose failure is part of the answer. Rethrows what is no `Unseen`. */
export async function seen<T>(look: Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await look };
  } catch (error) {
    if (error instanceof Unseen) return { unseen: error };
    throw error;
  }
}

/** The value of a look, or undefined when it cannot be seen. */
export async function ifSeen<T>(look: Promise<T>): Promise<T | undefined> {
  const result = await seen(look);
  return 'value' in result ? result.value : undefined;
}
