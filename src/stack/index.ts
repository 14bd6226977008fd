import { algaError } from '../core/errors/alga-error.js';
import { absoluteEnvironment } from './folder/layout.js';
import { attachSession } from './supervisor/attach.js';
import { StackSession } from './supervisor/session.js';
import type { Stack, StackKind } from './types.js';

export { expectedAddresses, type StackAddresses } from './expected.js';
export { resetStack, stackStatus, stopStack } from './management.js';
export { type RunnerHandle, type RunnerOptions, startRunner } from './runner/index.js';
export type {
  ServiceEvent,
  ServiceName,
  ServiceStatus,
  Stack,
  StackKind,
  StackStatus,
  StoreConfig,
} from './types.js';

export interface OpenStackOptions {
  readonly kind: StackKind;
  /** Environment that names the stack folder (`ALGA_HOME`); the process's own unless said otherwise. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told what is going on while it starts, in short phrases. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Opens the stack of this user: attaches to the running one or starts it, and resolves when database
 * and object store can be used. Throws a coded error that says what keeps it from starting;
 * STACK_KIND_UNAVAILABLE for the kinds that are not there yet.
 */
export async function openStack(options: OpenStackOptions): Promise<Stack> {
  if (options.kind !== 'embedded') throw algaError('STACK_KIND_UNAVAILABLE', { kind: options.kind });
  const env = absoluteEnvironment(options.env ?? process.env);
  return new StackSession(env, await attachSession(env, options.onProgress ?? (() => undefined)));
}
