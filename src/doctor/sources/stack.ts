import { resolveConfig } from '../../project/index.js';
import { openStack, type Stack, type StackStatus, stackStatus } from '../../stack/index.js';
import { Unseen } from '../unseen.js';
import { withLimit } from './limit.js';

/** The part that cannot be seen where another kind of stack is configured. */
export const STACK_KIND = 'kind of stack';

const STATUS_LIMIT_MS = 3_000;
const ATTACH_LIMIT_MS = 4_000;
const START_LIMIT_MS = 60_000;

/**
 * What the stack is doing; starts nothing. Throws `Unseen` when the project at `root` is configured for a kind
 * of stack that is not this machine's own.
 */
export async function lookAtStack(env: NodeJS.ProcessEnv, root: string | undefined): Promise<StackStatus> {
  const kind = root === undefined ? 'embedded' : await kindOf(root, env);
  if (kind !== 'embedded') {
    const left = 'store, registry, runner and host are not checked';
    const reason = `a stack of kind ${kind} cannot be looked at in this version: ${left}`;
    throw new Unseen(STACK_KIND, 'failed', reason);
  }
  return withLimit(stackStatus({ env }), STATUS_LIMIT_MS, 'the stack');
}

/** A configuration with faults is told elsewhere. */
function kindOf(projectRoot: string, env: NodeJS.ProcessEnv): Promise<string> {
  return resolveConfig({ projectRoot, env }).then(
    ({ stack }) => stack,
    () => 'embedded',
  );
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
