import { readState } from './state.js';

/**
 * Has the services of the last session come up while this one is still being loaded, where it seems to want the same
 * ones: from loading and looking at the project to asking for them is half of the time they take. A guess that was
 * wrong costs nothing but processor time.
 */
export async function startStackAhead({
  directory,
  wished,
  env,
}: {
  /** Absolute path of the first extension's folder. */
  readonly directory: string;
  /** Kind of stack that the command line asks for, if it does. */
  readonly wished: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}): Promise<void> {
  const { stack } = await readState(directory);
  if (stack !== 'embedded' || (wished ?? env.ALGA_STACK ?? stack) !== stack) return;
  const { launchStackAhead } = await import('../stack/ahead.js');
  await launchStackAhead(env);
}
