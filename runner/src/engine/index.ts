import type { Engine, EngineOptions } from '../executable.js';
import { type EngineTuning, GuestEngine } from './guest-engine.js';

/**
 * The engine of the runner: components on worker threads, each call on an instance of its own.
 * `tuning` is for tests and measurements.
 */
export function createEngine(options: EngineOptions, tuning: Partial<EngineTuning> = {}): Engine {
  return new GuestEngine(options, { restoreInstances: true, ...tuning });
}
