import { chmod, copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { isPortFree } from '../../src/core/ports.js';
import { findMinio, startMinio } from '../../src/stack/embedded/minio.js';
import { signedHeaders } from '../../src/stack/embedded/object-store/signature/sign.js';
import { stackStatus } from '../../src/stack/index.js';
import { type TestStack, temporaryHome } from '../support/stack.js';
import { portOf, processTree, SessionProcess, storeClient, survivors } from './fixtures/sessions.js';
import { textOf } from './object-store/harness.js';

// Continuous integration builds the server; elsewhere the tests need one that happens to be there.
const strict = process.env.ALGA_TEST_STRICT === '1';
const missing = (await findMinio(process.env)) === undefined;

describe.skipIf(missing && !strict)('with a minio program on PATH', () => {
  let home: Pick<TestStack, 'home' | 'env' | 'close'>;
  let session: SessionProcess;

  beforeEach(async () => {
    home = await temporaryHome();
    session = new SessionProcess({ ...home.env, ALGA_OBJECT_STORE: '' });
  });
  afterEach(async () => {
    await session.kill();
    await home.close();
  });

  it('the stack uses it: bucket, objects, write-once, recovery from kill -9, nothing left', async () => {
    const { store } = await session.opened();
    expect((await fetch(store.endpoint)).headers.get('server')).toBe('MinIO');
    const s3 = storeClient(store);
    expect(await s3.bucketExists('extensions')).toBe(true);
    await s3.putObject('extensions', 'a/b', 'kept');
    expect(await writeOnce(store.endpoint, store, '/extensions/a/b')).toBe(412);

    const { pid = 0, services } = await stackStatus({ env: home.env });
    const server = services.find(({ name }) => name === 'store');
    process.kill(server?.pid ?? 0, 'SIGKILL');
    expect(await session.service('store', 'down')).toMatchObject({ cause: 'was ended by SIGKILL' });
    await session.service('store', 'up');
    expect(await textOf(await storeClient(store).getObject('extensions', 'a/b'))).toBe('kept');
    expect((await stat(join(home.home, 'stack', 'minio'))).mode & 0o777).toBe(0o700);

    const processes = await processTree(pid);
    await session.close();
    await expect.poll(() => survivors(processes), { timeout: 10_000 }).toEqual([]);
    expect(await isPortFree(portOf(store.endpoint))).toBe(true);
  });

  it('that is outrun on its port takes another one, whoever answers on the first', async () => {
    const program = join(home.home, 'minio');
    await copyFile(join(packageRoot(), 'test/stack/fixtures/outrun-minio.mjs'), program);
    await chmod(program, 0o755);
    const lines: string[] = [];
    const minio = await startMinio({
      program,
      dataDir: join(home.home, 'data'),
      certificatesDir: join(home.home, 'certs'),
      ports: { preferred: [0] },
      consolePorts: [0],
      accessKey: 'outrun-access',
      secretKey: 'outrun-secret-key',
      env: process.env,
      log: (line) => lines.push(line),
      logFile: '',
      onProgress: () => undefined,
      onSpawn: () => undefined,
    });
    try {
      expect(lines.join('\n')).toMatch(/in use/);
      expect(String(minio.port)).not.toBe(await readFile(`${program}.outrun`, 'utf8'));
    } finally {
      await minio.stop();
    }
  });
});

interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

/** Status of an empty write that must not replace anything. */
async function writeOnce(endpoint: string, keys: Keys, path: string): Promise<number> {
  const { host } = new URL(endpoint);
  const headers = signedHeaders({ method: 'PUT', host, path, region: keys.region }, keys, new Date());
  const response = await fetch(endpoint + path, {
    method: 'PUT',
    headers: { ...headers, 'if-none-match': '*' },
  });
  await response.text();
  return response.status;
}
