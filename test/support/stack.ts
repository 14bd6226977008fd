import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStack, resetStack, type Stack, stackStatus, stopStack } from '../../src/stack/index.js';

/** A real embedded stack in a home of its own, on ports nobody else has. */
export interface TestStack {
  readonly stack: Stack;
  /** Value of `ALGA_HOME`. */
  readonly home: string;
  /** Environment that leads `openStack`, `alga dev` and the rest to this stack. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends the stack, under whoever still holds it, and removes everything. */
  close(): Promise<void>;
}

/** A temporary `ALGA_HOME` for tests that start the stack themselves. */
export async function temporaryHome(): Promise<Pick<TestStack, 'home' | 'env' | 'close'>> {
  const home = await mkdtemp(join(tmpdir(), 'alga-home-'));
  const env = {
    ...process.env,
    ALGA_HOME: home,
    ALGA_OBJECT_STORE: process.env.ALGA_OBJECT_STORE ?? 'builtin',
  };
  return {
    home,
    env,
    close: async () => {
      if ((await stackStatus({ env })).running) await stopStack({ env, force: true });
      await resetStack({ env });
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Opens a fresh stack for a test file: about a second on an idle machine. */
export async function openTestStack(): Promise<TestStack> {
  const home = await temporaryHome();
  try {
    const stack = await openStack({ kind: 'embedded', env: home.env });
    const close = async (): Promise<void> => {
      await stack.close();
      await home.close();
    };
    return { ...home, stack, close };
  } catch (error) {
    await home.close();
    throw error;
  }
}
