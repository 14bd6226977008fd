import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, in this order: whatever begins late and takes long ends alone, with the other
 * processors idle. What is not named here follows.
 */
const LONG: readonly string[] = [
  'test/doctor/live.integration.test.ts',
  'test/host/session.e2e.test.ts',
  'test/build/handler/endurance.integration.test.ts',
  'test/create/add-all.integration.test.ts',
  'test/templates/installed.e2e.test.ts',
  'test/stack/supervisor.integration.test.ts',
  'test/doctor/healthy.e2e.test.ts',
  'test/build/handler/wasmtime.integration.test.ts',
  'test/project/live-parts.integration.test.ts',
  'test/doctor/real.integration.test.ts',
  'test/doctor/mending.integration.test.ts',
  'test/testing/command.integration.test.ts',
  'test/loop/failures.integration.test.ts',
  'test/host/tools.e2e.test.ts',
  'test/build/handler/resilience.integration.test.ts',
  'test/stack/postgres.integration.test.ts',
  'test/templates/wasmtime.integration.test.ts',
  'test/loop/leaving.integration.test.ts',
  'test/host/bridge.e2e.test.ts',
  'test/build/handler/comparison.integration.test.ts',
];

/** Group after group as before, and the long ones first in each. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const keys = sorted.map((file) => ({ file, group: groupOf(file), rank: rankOf(file) }));
    return keys.sort((a, b) => a.group - b.group || a.rank - b.rank).map(({ file }) => file);
  }
}

function groupOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder;
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((path) => moduleId.endsWith(`/${path}`));
  return rank === -1 ? LONG.length : rank;
}
