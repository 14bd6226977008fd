import { openStack, type Stack, type StackStatus, stackStatus } from '../../stack/index.js';
import { Unseen } from '../unseen.js';
import { withLimit } from './limit.js';

const STATUS_LIMIT_MS = 3_000;
const ATTACH_LIMIT_MS = 4_000;
const START_LIMIT_MS = 60_000;

/** What the stack is doing; starts nothing. */
export function lookAtStack(env: NodeJS.ProcessEnv): Promise<StackStatus> {
  return withLimit(stackStatus({ env }), STATUS_LIMIT_MS, 'the stack');
}

/**
 * Attaches to the running stack, or starts the one that has data when `start` says so. Throws
 * `Unseen` when there is nothing to attach to, and what keeps it from starting.
 */
export function attachStack(env: NodeJS.ProcessEnv, status: StackStatus, start: boolean): Promise<Stack> {
  const mayStart = start && status.hasData;
  if (!status.running && !mayStart) {
    const hint = status.hasData ? '; --start starts it for the time of the check' : ' and has no data yet';
    throw new Unseen('stack', 'idle', `the stack is not running${hint}`);
  }
  const limit = status.running ? ATTACH_LIMIT_MS : START_LIMIT_MS;
  const late = (stack: Stack): void => void stack.close();
  return withLimit(openStack({ kind: 'embedded', env }), limit, 'attaching to the stack', late);
}
