import { availableParallelism } from 'node:os';

const FEW_CORES = 4;

/**
 * Whether work in the background takes the processor from what the author waits for, so that it had better come
 * behind that. With more cores both go on side by side.
 */
export function hasFewCores(): boolean {
  return availableParallelism() <= FEW_CORES;
}
