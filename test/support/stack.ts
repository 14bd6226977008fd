import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPortFree } from '../../src/core/ports.js';
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
  await rememberPorts(join(home, 'stack'));
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

/**
 * Gives the stack ports of its own to remember. The product's would pass from one test's stack to the
 * next, and a test that looks at a port after its stack has ended would see somebody else's.
 */
async function rememberPorts(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const [database, store, console] = [await quietPort(), await quietPort(), await quietPort()];
  await writeFile(join(folder, 'ports.json'), JSON.stringify({ database, store, console }));
}

/** A free port below those the system gives to outgoing connections. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await isPortFree(port)) return port;
  }
}
