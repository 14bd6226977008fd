import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Absolute path of a system program, or undefined when this machine lacks it. Tests that need one
 * use `describe.skipIf(!program('chromium'))`; in strict mode (`ALGA_TEST_STRICT=1`) a missing
 * program throws instead, so that no check is skipped unseen.
 */
export function program(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (!found && process.env.ALGA_TEST_STRICT === '1') {
    throw new Error(`ALGA_TEST_STRICT=1 and ${name} is not installed`);
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
