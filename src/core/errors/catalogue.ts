import { buildErrors } from './build.js';
import { bundleErrors } from './bundle.js';
import { cliErrors } from './cli.js';
import { type ErrorSpec, spec } from './define.js';
import { doctorErrors } from './doctor.js';
import { hostErrors } from './host.js';
import { projectErrors } from './project.js';
import { registryErrors } from './registry.js';
import { sessionErrors } from './session.js';
import { stackErrors } from './stack.js';
import { storeErrors } from './store.js';
import { testingErrors } from './testing.js';

/**
 * Every coded error of the product, joined from one file per room.
 * Codes are stable; their wording is free to improve.
 */
export const catalogue = {
  ...projectErrors,
  ...buildErrors,
  ...bundleErrors,
  ...storeErrors,
  ...registryErrors,
  ...stackErrors,
  ...hostErrors,
  ...sessionErrors,
  ...doctorErrors,
  ...cliErrors,
  ...testingErrors,
  INTERNAL: spec<{ detail: string }>(
    70,
    (p) => `Unexpected failure inside alga: ${p.detail}`,
    () => 'This is a bug in alga. Run again with --verbose and report the stack trace.',
  ),
} as const;

export type ErrorCode = keyof typeof catalogue;

/** Parameters that the texts of one error code need. */
export type ErrorParams<C extends ErrorCode> = (typeof catalogue)[C] extends ErrorSpec<infer P> ? P : never;
