import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private home folder of the tool; removing it ends what still runs there. */
export async function temporaryHome() {
  const folder = await mkdtemp(join(tmpdir(), 'alga-bench-'));
  const env = { ALGA_HOME: folder };
  const remove = async () => {
    // Compiled by then, and not before: this module is loaded before the build.
    const { stopStack, resetStack } = await import('../../dist/src/stack/index.js');
    await stopStack({ env, force: true });
    await resetStack({ env });
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  return { folder, remove };
}
