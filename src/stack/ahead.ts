import { absoluteEnvironment } from './folder/layout.js';
import { launchAhead } from './supervisor/launch.js';

/**
 * Starts the embedded stack of this user before a session opens it, unless it runs. Kept apart from the rest, which
 * takes time to load. Never rejects: what is wrong is told when the stack is opened.
 */
export async function launchStackAhead(env: NodeJS.ProcessEnv): Promise<void> {
  await launchAhead(absoluteEnvironment(env)).catch(() => undefined);
}
