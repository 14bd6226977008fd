export type { RunnerOptions, RunnerStore } from './options.js';
export { type CrashListener, type RunnerHandle, startRunner } from './supervised-runner.js';
