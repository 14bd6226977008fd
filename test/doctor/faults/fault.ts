import type { View, ViewOptions } from '../../../src/doctor/view.js';
import type { World } from './world.js';

type Undo = () => unknown;

/** What takes a fault back, and what a person does by hand as the finding says, after which all has to be well. */
export interface ByHand {
  readonly hand: () => Promise<unknown>;
  readonly undo: Undo;
}

/** One fault behind a running session: how it is caused, and what has to be seen of it. */
export interface LiveFault {
  /** Id of the check that has to find it, it alone. */
  readonly check: string;
  /** What is done, where one check has several. */
  readonly how?: string;
  /** What is seen is made up, for want of the real fault. */
  readonly feigned?: true;
  /** Causes it; may give what takes it back, for a fault that nobody else mends. */
  cause(world: World): Promise<Undo | ByHand | undefined | unknown>;
  /** Ids that `--fix` has to mend, one after the other; absent when only a person can. */
  readonly mends?: readonly string[];
  /** What else is true of it, and has to be told as well. */
  readonly also?: readonly string[];
  /** Another way of looking, where the fault lies in what the doctor itself is given. */
  readonly view?: (options: ViewOptions, world: World) => View;
}
