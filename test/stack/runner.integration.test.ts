import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anyFreePort, isPortFree } from '../../src/core/ports.js';
import { type RunnerHandle, type RunnerOptions, startRunner } from '../../src/stack/runner/index.js';
import { portOf, survivors } from './fixtures/sessions.js';

const program = fileURLToPath(new URL('fixtures/stand-in-runner.mjs', import.meta.url));
const SECRET = 'canary-secret-0123456789';
let dir: string;
const runners: RunnerHandle[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alga-runner-'));
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await rm(dir, { recursive: true, force: true });
});

async function start(
  more: Partial<RunnerOptions> = {},
  startPatienceMs: readonly number[] = [10_000],
): Promise<RunnerHandle> {
  const runner = await startRunner(
    {
      registryBaseUrl: 'http://127.0.0.1:1/registry',
      storageApiBaseUrl: 'http://127.0.0.1:1/storage',
      authKey: SECRET,
      serviceToken: 'service-token',
      store: {
        endpoint: 'http://127.0.0.1:9/',
        accessKey: 'access',
        secretKey: 'store-secret',
        region: 'us-east-1',
        bucket: 'extensions',
      },
      cacheRoot: join(dir, 'cache'),
      preferredPort: await anyFreePort(),
      logFile: join(dir, 'logs', 'runner.log'),
      ...more,
    },
    { program, startPatienceMs },
  );
  runners.push(runner);
  return runner;
}

/** Asks over the given agent, else over a connection of its own; gives the process that answered. */
function ask(url: string, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: agent ?? false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve(JSON.parse(text).pid));
    });
    request.on('error', reject);
  });
}

function crashes(runner: RunnerHandle): Array<{ cause: string; restarted: boolean }> {
  const heard: Array<{ cause: string; restarted: boolean }> = [];
  runner.onCrash((cause, restarted) => heard.push({ cause, restarted }));
  return heard;
}

describe('a runner', () => {
  it('answers at its public and at its direct address, with the environment of the contract', async () => {
    process.env.CANARY_OF_THE_SHELL = 'secret';
    const preferredPort = await anyFreePort();
    const runner = await start({ preferredPort, debugUrl: 'http://127.0.0.1:1/debug', env: { EXTRA: '1' } });
    delete process.env.CANARY_OF_THE_SHELL;
    expect(runner.url).toBe(`http://127.0.0.1:${preferredPort}`);
    expect(runner.directUrl()).not.toBe(runner.url);
    expect(await ask(runner.url)).toBe(runner.pid());
    expect(await ask(runner.directUrl())).toBe(runner.pid());
    expect(await ask(`http://[::1]:${preferredPort}`)).toBe(runner.pid());
    const { env } = (await (await fetch(`${runner.url}/env`)).json()) as { env: Record<string, string> };
    expect(env).toMatchObject({
      RUNNER_HOST: '127.0.0.1',
      RUNNER_PARENT_IPC: '1',
      ALGA_AUTH_KEY: SECRET,
      RUNNER_SERVICE_TOKEN: 'service-token',
      REGISTRY_BASE_URL: 'http://127.0.0.1:1/registry',
      STORAGE_API_BASE_URL: 'http://127.0.0.1:1/storage',
      BUNDLE_STORE_BASE: 'http://127.0.0.1:9/extensions',
      S3_ACCESS_KEY: 'access',
      S3_SECRET_KEY: 'store-secret',
      S3_REGION: 'us-east-1',
      EXT_CACHE_ROOT: join(dir, 'cache'),
      RUNNER_DEBUG_HTTP_URL: 'http://127.0.0.1:1/debug',
      EXTRA: '1',
    });
    expect(env).not.toHaveProperty('CANARY_OF_THE_SHELL');
  });

  it('takes the next port when the preferred one is held on either family', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '::1', resolve));
    const address = holder.address();
    const preferredPort = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      expect(portOf((await start({ preferredPort })).url)).not.toBe(preferredPort);
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it('that cannot start says why, without its secrets, and leaves nothing', async () => {
    const preferredPort = await anyFreePort();
    const env = { FAIL_FILE: program };
    await expect(start({ preferredPort, env })).rejects.toMatchObject({
      code: 'STACK_RUNNER_FAILED',
      message: expect.stringMatching(/exited with code 1.*cannot start with \*\*\*/),
    });
    expect(await isPortFree(preferredPort)).toBe(true);
    expect(await readFile(join(dir, 'logs', 'runner.log'), 'utf8')).not.toContain(SECRET);
  });

  it('that hangs at its start is started anew, and reported when it hangs again', async () => {
    const flag = join(dir, 'hang');
    await writeFile(flag, '');
    const once = await start({ env: { HANG_FILE: flag, HANG_ONCE: '1' } }, [1_500, 10_000]);
    expect(await ask(once.url)).toBe(once.pid());
    await once.stop();
    expect(await readFile(join(dir, 'logs', 'runner.log'), 'utf8')).toContain(
      'the runner was not ready after 1.5 s',
    );
    await writeFile(flag, '');
    await expect(start({ env: { HANG_FILE: flag } }, [300, 300])).rejects.toMatchObject({
      code: 'STACK_RUNNER_FAILED',
      message: 'The runner did not start: it was not ready after 0.3 s',
    });
  });

  it('stops within a second, even when it does not listen, and once and for all', async () => {
    const runner = await start({ env: { STUBBORN: '1' } });
    const [pid, port] = [runner.pid() ?? 0, portOf(runner.url)];
    const since = performance.now();
    await Promise.all([runner.stop(), runner.stop()]);
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(await survivors([pid])).toEqual([]);
    expect(await isPortFree(port)).toBe(true);
    await expect(runner.restart()).rejects.toMatchObject({ code: 'STACK_RUNNER_STOPPED' });
  });

  it('ends with its session, also when that one is killed', async () => {
    const parent = fileURLToPath(new URL('fixtures/runner-parent.mjs', import.meta.url));
    const child = spawn(process.execPath, [parent, String(await anyFreePort())], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      createInterface({ input: child.stdout }).once('line', resolve),
    );
    const { pid, url } = JSON.parse(line);
    expect(await ask(url)).toBe(pid);
    child.kill('SIGKILL');
    await expect.poll(() => survivors([pid, child.pid ?? 0])).toEqual([]);
    expect(await isPortFree(portOf(url))).toBe(true);
  });

  it('writes a log that does not grow without bound', async () => {
    const runner = await start();
    for (let i = 0; i < 30; i++) await ask(`${runner.url}/log`);
    await runner.stop();
    const log = join(dir, 'logs', 'runner.log');
    const sizes = await Promise.all([log, `${log}.1`].map(async (file) => (await stat(file)).size));
    expect(Math.max(...sizes)).toBeLessThan(7_000_000);
  });
});

describe('a restart', () => {
  it('loses no request, on new connections and on kept ones', async () => {
    const runner = await start();
    const kept = new Agent({ keepAlive: true, maxSockets: 8 });
    const seen = new Set<number>();
    let asking = true;
    const load = Array.from({ length: 12 }, async (_, index) => {
      while (asking) seen.add(await ask(`${runner.url}/?ms=${index % 3}`, index < 8 ? kept : undefined));
    });
    const pids = [runner.pid() ?? 0];
    for (let round = 0; round < 3; round++) {
      await runner.restart();
      pids.push(runner.pid() ?? 0);
      await expect.poll(() => seen.has(runner.pid() ?? 0)).toBe(true);
    }
    asking = false;
    await Promise.all(load);
    kept.destroy();
    expect([...seen].sort()).toEqual([...new Set(pids)].sort());
    await expect.poll(() => survivors(pids)).toEqual(pids.slice(-1));
  });

  it('lets a request under way finish where it began', async () => {
    const runner = await start();
    const before = runner.pid();
    const slow = ask(`${runner.url}/?ms=600`);
    await expect.poll(() => ask(runner.url)).toBe(before);
    await runner.restart();
    expect(await ask(runner.url)).toBe(runner.pid());
    expect(await slow).toBe(before);
  });

  it('does not end a connection that was idle: its next request goes to the new process', async () => {
    const runner = await start();
    const socket = connect(portOf(runner.url), '127.0.0.1');
    const request = async (): Promise<number> => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const text = await new Promise<string>((resolve) =>
        socket.once('data', (chunk) => resolve(String(chunk))),
      );
      return JSON.parse(/\{.*\}/.exec(text)?.[0] ?? '{}').pid;
    };
    const before = runner.pid() ?? 0;
    expect(await request()).toBe(before);
    await runner.restart();
    await expect.poll(() => survivors([before])).toEqual([]);
    expect(await request()).toBe(runner.pid());
    expect(await request()).toBe(runner.pid());
    socket.destroy();
  });

  it('has what is in use made ready by the new process before it takes over', async () => {
    const runner = await start();
    const use = async (bundle: Record<string, string>): Promise<number> =>
      await ask(`${runner.url}/use?${new URLSearchParams({ tenant_id: 't', ...bundle })}`);
    await use({ extension_id: 'a', content_hash: '1' });
    await use({ extension_id: 'b', content_hash: '2', live_component: 'live' });
    await use({ extension_id: 'a', content_hash: '3' });
    await runner.restart();
    const warmed = await (await fetch(`${runner.url}/warmed`)).json();
    const order = (warmed as Array<{ content_hash: string }>).sort((one, other) =>
      JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
    );
    const used = { tenant_id: 't', used_at: expect.any(Number) };
    expect(order).toEqual([
      { ...used, extension_id: 'a', content_hash: '3' },
      { ...used, extension_id: 'b', content_hash: '2', live_component: 'live' },
      { ...used, extension_id: 'b', content_hash: '2' },
    ]);
    // A crash forgets nothing, and does not wait for it.
    await expect(ask(`${runner.url}/crash`)).rejects.toThrow();
    await expect
      .poll(async () => ((await (await fetch(`${runner.url}/warmed`)).json()) as unknown[]).length)
      .toBe(3);
  });

  it('is not held up for long by what cannot be made ready', async () => {
    const runner = await start({ env: { WARM_UP: 'hang' } });
    const before = runner.pid();
    await ask(`${runner.url}/use?tenant_id=t&extension_id=a&content_hash=1`);
    const since = performance.now();
    await runner.restart();
    expect(performance.now() - since).toBeLessThan(9_000);
    expect(await ask(runner.url)).toBe(runner.pid());
    expect(runner.pid()).not.toBe(before);
  });

  it('whose new process ends while it gets ready leaves the old one in its place', async () => {
    const runner = await start({ env: { WARM_UP: 'end' } });
    const before = runner.pid();
    await ask(`${runner.url}/use?tenant_id=t&extension_id=a&content_hash=1`);
    await expect(runner.restart()).rejects.toMatchObject({ code: 'STACK_RUNNER_FAILED' });
    expect(await ask(runner.url)).toBe(before);
  });

  it('that fails leaves the old process in its place', async () => {
    const flag = join(dir, 'fail');
    const runner = await start({ env: { FAIL_FILE: flag } });
    const before = runner.pid();
    await writeFile(flag, '');
    await expect(runner.restart()).rejects.toMatchObject({ code: 'STACK_RUNNER_FAILED' });
    expect(await ask(runner.url)).toBe(before);
    await rm(flag);
    await runner.restart();
    expect(await ask(runner.url)).toBe(runner.pid());
    expect(runner.pid()).not.toBe(before);
  });
});

describe('a crash', () => {
  it('is mended by itself, with its cause told, and who asks meanwhile is answered', async () => {
    const runner = await start();
    const heard = crashes(runner);
    const before = runner.pid();
    await expect(ask(`${runner.url}/crash`)).rejects.toThrow();
    await expect.poll(() => runner.pid(), { interval: 1 }).not.toBe(before);
    expect(await ask(runner.url)).toBe(runner.pid());
    expect(runner.pid()).not.toBe(before);
    await expect
      .poll(() => heard)
      .toEqual([{ cause: 'it was ended by SIGKILL: about to crash', restarted: true }]);
  });

  it('again and again is given up, until somebody asks for a restart', async () => {
    const flag = join(dir, 'fail');
    const runner = await start({ env: { FAIL_FILE: flag } });
    const heard = crashes(runner);
    await writeFile(flag, '');
    process.kill(runner.pid() ?? 0, 'SIGKILL');
    await expect
      .poll(() => heard, { timeout: 15_000 })
      .toEqual([{ cause: expect.stringContaining('SIGKILL'), restarted: false }]);
    await rm(flag);
    await runner.restart();
    expect(await ask(runner.url)).toBe(runner.pid());
  });
});
