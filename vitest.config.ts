import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

/** Real services on a shared machine: one second try there, none at a developer's desk. */
const retry = process.env.CI ? 1 : 0;

/** Files at a time: one more than two processors are busy with, because every file waits now and then. */
const WORKERS = 3;

const scratch = (name: string): string => fileURLToPath(new URL(`.alga/${name}`, import.meta.url));

/**
 * Whoever names no home of its own has one where no stack can be started: see test/support/private-home.ts. Nor are
 * the containers of this machine seen.
 */
const env = {
  ALGA_HOME: scratch('test-home'),
  XDG_STATE_HOME: scratch('test-default/state'),
  XDG_CACHE_HOME: scratch('test-default/cache'),
  DOCKER_HOST: `unix://${scratch('test-default')}/docker.sock`,
};

export default defineConfig({
  test: {
    env,
    globalSetup: ['test/support/private-home.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          env,
          sequence: { groupOrder: 0 },
          include: ['src/**/*.test.{ts,tsx}', 'runner/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 20_000,
          maxWorkers: 2,
          // Nothing that one of these files leaves behind reaches the next.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          env,
          sequence: { groupOrder: 1 },
          include: ['test/**/*.integration.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each test process compiles engines of 10 MB anew: without a second compiler for their hot functions
          // that is a third less work. The programs that tests start keep both.
          execArgv: ['--liftoff-only'],
          maxWorkers: WORKERS,
          retry,
        },
      },
      {
        test: {
          name: 'e2e',
          env,
          sequence: { groupOrder: 1 },
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: WORKERS,
          retry,
        },
      },
    ],
  },
});
