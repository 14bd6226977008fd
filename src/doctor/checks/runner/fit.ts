import { Unseen } from '../../unseen.js';
import type { View } from '../../view.js';
import { differences } from './settings.js';
import { isKeyRefused } from './tokens.js';

/** Name of the runner that alga starts, as it calls itself. */
export const OWN_KIND = 'alga-runner-node';

/** A runner that has nothing to be told of itself. */
export type FitRunner = Awaited<ReturnType<View['runner']>> & {
  readonly health: NonNullable<Awaited<ReturnType<View['runner']>>['health']>;
};

/**
 * The runner, once it answers, can write, reaches the store and has the session's settings: then what it
 * says of a bundle is about the bundle. Throws `Unseen` (idle) before that; other checks tell why.
 */
export function fitRunner(view: View): Promise<FitRunner> {
  return view.part('fit runner', async () => {
    const { health, ...runner } = await view.runner();
    const storeSeen = health?.kind !== OWN_KIND || health.bundle_store === 'ok';
    const settled = (await differences(view)).length === 0 && !(await isKeyRefused(view));
    if (health?.cache_writable !== true || !storeSeen || !settled) {
      throw new Unseen('fit runner', 'idle', 'the runner has to be in order first');
    }
    return { ...runner, health };
  });
}
