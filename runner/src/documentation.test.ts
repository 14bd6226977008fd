import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { environmentSchema } from './env.js';
import type { EngineStats } from './executable.js';
import { refusal } from './http/execute-answer.js';
import { Metrics } from './metrics/metrics.js';
import type { RunnerErrorCode } from './published/wire.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/runner.md', import.meta.url)), 'utf8');

/** Rows of the tables whose first cell is code, by that code. */
function rows(section: string): Array<{ name: string; cells: string[] }> {
  const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  return text.split('\n').flatMap((line) => {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const name = /^`([A-Za-z0-9_]+)`$/.exec(cells[0] ?? '')?.[1];
    return name === undefined ? [] : [{ name, cells: cells.slice(1) }];
  });
}

const ENGINE: EngineStats = {
  workers: 0,
  running: 0,
  queued: 0,
  compiled: 0,
  compiledBytes: 0,
  instancesCreated: 0,
  workersReplaced: 0,
  compileHits: 0,
  compileMisses: 0,
  egressBytesSent: 0,
  egressBytesReceived: 0,
};

describe('docs/runner.md', () => {
  it('lists every variable the runner reads, in order, with its default', () => {
    const defaults: Readonly<Record<string, unknown>> = environmentSchema.parse({});
    const expected = Object.keys(environmentSchema.shape).map((name) => {
      const value = defaults[name];
      return [name, value === undefined ? '' : `\`${String(value)}\``];
    });
    expect(rows('Environment').map(({ name, cells }) => [name, cells[0]])).toEqual(expected);
  });

  it('says something about each', () => {
    expect(rows('Environment').filter(({ cells }) => (cells[1] ?? '') === '')).toEqual([]);
  });

  it('lists every error code with its status', () => {
    const codes: Record<RunnerErrorCode, true> = {
      missing_routing_headers: true,
      engine_init_failed: true,
      bundle_fetch_failed: true,
      unknown_capabilities: true,
      secret_decrypt_failed: true,
      execute_failed: true,
      overloaded: true,
    };
    const expected = Object.keys(codes).map((code) => [
      code,
      String(refusal(code as RunnerErrorCode).status),
    ]);
    expect(rows('Errors').map(({ name, cells }) => [name, cells[0]])).toEqual(expected);
  });

  it('lists every metric of the runner ', async () => {
    const metrics = new Metrics();
    metrics.watch({
      engine: () => ENGINE,
      cache: () => ({ bytes: 0, bundles: 0, hits: 0, misses: 0, evictions: 0, failures: {} }),
      uiCachedBytes: () => 0,
      debug: () => [],
    });
    const { body } = await metrics.render();
    const names = [...body.matchAll(/^# TYPE (alga_runner_\S+)/gm)].map((match) => match[1]);
    expect(
      rows('Metrics')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.sort());
  });
});
