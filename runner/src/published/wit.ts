import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Name of the WIT package a component is built against. */
export const WIT_PACKAGE = 'alga:extension';

/** Name of the world a component implements. */
export const WIT_WORLD = 'runner';

/** Path of the WIT file inside the installed package, with forward slashes. */
const WIT_IN_PACKAGE = 'runner/wit/extension-runner.wit';

/** Absolute path of the guest ABI as the runner implements it, from source or from `dist/`. */
export function witPath(): string {
  const near = fileURLToPath(new URL(`../../../${WIT_IN_PACKAGE}`, import.meta.url));
  return existsSync(near) ? near : fileURLToPath(new URL(`../../../../${WIT_IN_PACKAGE}`, import.meta.url));
}
