import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';

const NEEDED = { ALGA_AUTH_KEY: 'key', REGISTRY_BASE_URL: 'http://app.test:3000/some/path' };

describe('the environment', () => {
  it('has the official runner’s defaults', async () => {
    const config = await loadConfig(NEEDED);
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      logLevel: 'info',
      store: { region: 'us-east-1', layout: 'tenant' },
      ui: { strict: true },
      execute: { defaultMemoryMb: 256, maxBodyBytes: 2 * 1024 * 1024 },
      debug: { maxEventBytes: 8192 },
    });
    expect(config.engine).toMatchObject({
      egress: { allowlist: [], privateHosts: 'listed' },
      hostApi: { baseUrl: 'http://app.test:3000/some/path' },
      uiProxy: { timeoutMs: 5000 },
      vault: { tokenFile: '/run/secrets/alga_vault_token', transitMount: 'transit' },
    });
    expect([config.store.baseUrl, config.store.credentials, config.cache.trustBundle]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes a blank variable for an unset one', async () => {
    const blank = {
      PORT: ' ',
      BUNDLE_STORE_BASE: '',
      EXT_STATIC_STRICT_VALIDATION: '',
      RUNNER_DEBUG_HTTP_URL: ' ',
    };
    expect(await loadConfig({ ...NEEDED, ...blank })).toEqual(await loadConfig(NEEDED));
  });

  it.each([
    [{ REGISTRY_BASE_URL: undefined }, 'REGISTRY_BASE_URL'],
    [{ REGISTRY_BASE_URL: 'not a url' }, 'REGISTRY_BASE_URL'],
    [{ BUNDLE_STORE_BASE: 'localhost:9000' }, 'BUNDLE_STORE_BASE'],
    [{ ALGA_AUTH_KEY: ' ', ALGA_AUTH_KEY_FILE: '/nowhere/key' }, '/nowhere/key'],
    [{ RUNNER_BUNDLE_LAYOUT: 'flat' }, 'RUNNER_BUNDLE_LAYOUT'],
    [{ RUNNER_WORKERS: 'many' }, 'RUNNER_WORKERS'],
    [{ RUNNER_QUEUE_MAX: '-1' }, 'RUNNER_QUEUE_MAX'],
  ])('is refused by name: %o', async (change, name) => {
    await expect(loadConfig({ ...NEEDED, ...change })).rejects.toThrow(name);
  });

  it.each([
    [{ PORT: 'abc' }, { port: 8080 }],
    [{ PORT: '0' }, { port: 0 }],
    [{ RUST_LOG: 'warn,hyper=debug' }, { logLevel: 'warn' }],
    [{ RUST_LOG: 'hyper=debug' }, { logLevel: 'info' }],
    [{ EXT_CACHE_MAX_BYTES: '5 GB' }, { cache: { maxBytes: 4 * 1024 ** 3, maxBytesText: '5 GB' } }],
    [{ EXT_STATIC_MAX_FILE_BYTES: 'x' }, { ui: { strict: true } }],
    [{ UI_PROXY_TIMEOUT_MS: '0' }, { engine: { uiProxy: { timeoutMs: 5000 } } }],
    [
      { EXT_EGRESS_ALLOWLIST: ' A.test, ,b.test ' },
      { engine: { egress: { allowlist: ['a.test', 'b.test'] } } },
    ],
    [{ STORAGE_API_BASE_URL: 'http://h/x/api//' }, { engine: { hostApi: { baseUrl: 'http://h/x' } } }],
    [{ RUNNER_STORAGE_API_TOKEN: 'a', RUNNER_SERVICE_TOKEN: 'b' }, { engine: { hostApi: { token: 'a' } } }],
    [{ RUNNER_SERVICE_TOKEN: 'b' }, { engine: { hostApi: { token: 'b' } } }],
    [
      { MINIO_ACCESS_KEY: 'm', S3_ACCESS_KEY: 's', MINIO_SECRET_KEY: 'x' },
      { store: { credentials: { accessKey: 's', secretKey: 'x' } } },
    ],
    [{ ALGA_VAULT_ADDR: 'http://v' }, { engine: { vault: { address: 'http://v' } } }],
  ])('reads %o', async (env, expected) => {
    expect(await loadConfig({ ...NEEDED, ...env })).toMatchObject(expected);
  });

  it('reads the key from its file when it is not set', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'alga-config-'));
    const file = join(dir, 'key');
    await writeFile(file, ' from file\n');
    const config = await loadConfig({ ...NEEDED, ALGA_AUTH_KEY: undefined, ALGA_AUTH_KEY_FILE: file });
    expect(config.registry.authKey).toBe('from file');
    await writeFile(file, ' \n');
    await expect(loadConfig({ ...NEEDED, ALGA_AUTH_KEY: '', ALGA_AUTH_KEY_FILE: file })).rejects.toThrow(
      'empty',
    );
    await rm(dir, { recursive: true });
  });
});
