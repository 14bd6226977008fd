import type { Check, Observation } from '../../check.js';
import { StoreFailure, type StoreFault } from '../../sources/objects.js';
import { seen } from '../../unseen.js';
import type { View } from '../../view.js';

/** Why the store could not be looked at; undefined when it could. Rethrows what the store is not to blame for. */
async function storeFailure(view: View): Promise<{ fault: StoreFault; message: string } | undefined> {
  const objects = await seen(view.objects());
  if ('value' in objects) return undefined;
  const { unseen } = objects;
  if (unseen.part !== 'object store') throw unseen;
  const fault = unseen.cause instanceof StoreFailure ? unseen.cause.fault : 'unreachable';
  return { fault, message: unseen.message };
}

/** A check that one way of the store to fail is not the case. */
export function storeCheck(
  words: Pick<Check, 'id' | 'title' | 'why'>,
  faults: readonly StoreFault[],
  observe: (view: View, message: string) => Promise<Observation>,
): Check {
  return {
    ...words,
    group: 'store',
    run: async (view) => {
      const failure = await storeFailure(view);
      if (failure === undefined || !faults.includes(failure.fault)) return [];
      return [await observe(view, failure.message)];
    },
  };
}
