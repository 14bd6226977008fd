import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DebugWireEvent } from '../../runner/src/published/wire.js';
import { anyFreePort } from '../../src/core/ports.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import type { TestBundle } from '../support/runner/bundles.js';
import { LiveRunner, type LiveRunnerOptions } from '../support/runner/live-runner.js';

// The real program with places for debug events that do not do their part.

const CALLS = 40;
/** How much longer a call may take than without any debug events; waiting for a sink takes seconds. */
const SLOWER_MS = 100;
/** Longest end of a runner whose sink hangs. */
const END_MS = 10_000;

/** Takes connections and reads, and never answers. */
class SilentServer {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    this.heard += 1;
    socket.on('error', () => undefined).resume();
  });
  heard = 0;

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let component: Buffer;
let plain: LiveRunner;
let silent: SilentServer;
let silentPort: number;
const running: LiveRunner[] = [];

beforeAll(async () => {
  component = await readFile(await componentFixture('features'));
  silent = new SilentServer();
  silentPort = await silent.start();
  plain = await LiveRunner.start();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop()));
});
afterAll(async () => {
  await plain?.stop();
  await silent?.stop();
});

async function start(env: LiveRunnerOptions['env']): Promise<LiveRunner> {
  const runner = await LiveRunner.start({ ...(env && { env }) });
  running.push(runner);
  return runner;
}

/** Milliseconds of a call whose guest writes to every stream there is. */
async function timed(runner: LiveRunner, bundle: TestBundle): Promise<number> {
  const began = performance.now();
  expect((await runner.execute(bundle, '/log')).error).toBeNull();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

describe('no request waits for debug events', () => {
  it.each<[string, (ports: { silent: number; closed: number }) => Record<string, string>]>([
    ['Redis refuses', ({ closed }) => ({ RUNNER_DEBUG_REDIS_URL: `redis://127.0.0.1:${closed}` })],
    ['Redis never answers', (ports) => ({ RUNNER_DEBUG_REDIS_URL: `redis://127.0.0.1:${ports.silent}` })],
    ['the local host refuses', ({ closed }) => ({ RUNNER_DEBUG_HTTP_URL: `http://127.0.0.1:${closed}/d` })],
    [
      'the local host never answers',
      (ports) => ({ RUNNER_DEBUG_HTTP_URL: `http://127.0.0.1:${ports.silent}/d` }),
    ],
  ])('while %s', async (name, env) => {
    const closed = await anyFreePort();
    const runner = await start(() => ({
      ...env({ silent: silentPort, closed }),
      RUNNER_DEBUG_QUEUE_MAX: '50',
    }));
    const heard = silent.heard;
    const bundle = await runner.put({ 'dist/main.wasm': component });
    const same = await plain.put({ 'dist/main.wasm': component });
    await Promise.all([timed(runner, bundle), timed(plain, same)]);
    const [withSink, without]: [number[], number[]] = [[], []];
    // In turn, so that both meet the same load of the machine.
    for (let n = 0; n < CALLS; n += 1) {
      without.push(await timed(plain, same));
      withSink.push(await timed(runner, bundle));
    }
    expect(median(withSink)).toBeLessThan(median(without) + SLOWER_MS);
    expect(Math.max(...withSink)).toBeLessThan(Math.max(...without) + 1000);
    const sink = name.startsWith('Redis') ? 'redis' : 'http';
    expect(await runner.metric(`alga_runner_debug_events_sent_total{sink="${sink}"}`)).toBe(0);
    expect(await runner.metric(`alga_runner_debug_events_dropped_total{sink="${sink}"}`)).toBeGreaterThan(0);
    if (name.includes('never answers')) expect(silent.heard).toBeGreaterThan(heard);
    const began = performance.now();
    expect(await runner.process.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(END_MS);
  });
});

/** A source map in which line n of the guest is line n + 100 of the author's file. */
function shiftedMap(lines: number): string {
  const mappings = ['AAoGA', ...Array.from({ length: lines - 1 }, () => 'AACA')].join(';');
  return JSON.stringify({ version: 3, sources: ['src/author.ts'], names: [], mappings });
}

describe('the stack of a guest error', () => {
  it.each(['beside the bundle', 'inside the bundle'])(
    'is in the author’s own lines: map %s',
    async (where) => {
      const runner = await start(({ host, folder }) => ({
        RUNNER_DEBUG_HTTP_URL: `${host.origin}/debug`,
        RUNNER_SOURCE_MAP_DIR: folder,
      }));
      const inside: Record<string, string> =
        where === 'inside the bundle' ? { 'dist/main.wasm.map': shiftedMap(400) } : {};
      const bundle = await runner.put({ 'dist/main.wasm': component, 'manifest.json': where, ...inside });
      if (where === 'beside the bundle') {
        await writeFile(join(runner.folder.path, `${bundle.hex}.map`), shiftedMap(400));
      }
      expect((await runner.execute(bundle, '/throw')).error).toMatch(
        /^execute_failed: .*deep trouble.*src\/author\.ts:1\d\d/,
      );
      const events = (): DebugWireEvent[] =>
        runner.host.calls
          .filter(({ url }) => url === '/debug')
          .flatMap(({ body }) => (JSON.parse(body) as { events: DebugWireEvent[] }).events)
          .filter(({ message }) => message.startsWith('execute failed'));
      await expect.poll(() => events().length).toBe(1);
      const lines = events()[0]?.message.split('\n') ?? [];
      expect(lines[0]).toContain('deep trouble');
      expect(
        lines.slice(1).filter((line) => /src\/author\.ts:1\d\d(:\d+)?/.test(line)).length,
      ).toBeGreaterThan(2);
      expect(lines.join('\n')).not.toContain('handler.js');
    },
  );
});
