import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlgaError } from '../../core/errors/alga-error.js';
import { resolveConfig } from './resolve.js';
import { readSecrets } from './secrets.js';

const TENANT = '51bbbfe5-0720-4d9b-b3e5-b5b43e441a52';
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-config-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function write(name: string, text: string): Promise<void> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function failure(promise: Promise<unknown>): Promise<AlgaError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof AlgaError) return thrown;
  throw thrown ?? new Error('did not throw');
}

describe('resolveConfig', () => {
  it('has a default for everything', async () => {
    const config = await resolveConfig({ projectRoot: root, env: {} });
    expect(config).toMatchObject({
      stack: 'embedded',
      tenant: undefined,
      port: 3000,
      open: false,
      features: 'default',
      file: undefined,
    });
    expect(new Set(Object.values(config.sources))).toEqual(new Set(['default']));
  });

  it('takes flags before environment before file before defaults', async () => {
    await write('alga.config.json', `{ "port": 1, "stack": "docker", "tenant": "${TENANT}" }`);
    const env = { ALGA_PORT: '2', ALGA_STACK: 'external', ALGA_PARITY: '1' };
    const config = await resolveConfig({ projectRoot: root, env, flags: { port: '4' } });
    expect(config).toMatchObject({ port: 4, stack: 'external', tenant: TENANT, features: 'parity' });
    expect(config.sources).toEqual({
      port: 'flag',
      stack: 'environment',
      tenant: 'file',
      open: 'default',
      parity: 'environment',
    });
  });

  it.each([
    [{ flags: { port: 'x' } }, '--port is "x", but must be a number from 0 to 65535'],
    [{ env: { ALGA_STACK: 'cloud' } }, 'ALGA_STACK is "cloud", but must be embedded, docker or external'],
    [{ env: { ALGA_TENANT: 'me' } }, 'ALGA_TENANT is "me", but must be the UUID of a tenant'],
    [{ env: { ALGA_OPEN: 'maybe' } }, 'ALGA_OPEN is "maybe", but must be true or false'],
  ])('refuses a bad value: %j', async (options, message) => {
    const error = await failure(resolveConfig({ projectRoot: root, env: {}, ...options }));
    expect([error.code, error.exitCode, error.message]).toEqual(['CONFIG_VALUE', 2, message]);
  });

  it('runs a TypeScript file and knows what it imports', async () => {
    await write('ports.ts', 'export const port: number = 4100;');
    await write(
      'alga.config.ts',
      `import { defineConfig } from 'alga';\nimport { port } from './ports.js';\nexport default defineConfig({ port });`,
    );
    const { port, file } = await resolveConfig({ projectRoot: root, env: {} });
    expect(port).toBe(4100);
    expect(file?.inputs).toEqual([join(root, 'alga.config.ts'), join(root, 'ports.ts')]);
  });

  it('sees an edit of a TypeScript file in the same process', async () => {
    await write('alga.config.ts', 'export default { port: 4100 };');
    await resolveConfig({ projectRoot: root, env: {} });
    await write('alga.config.ts', 'export default { port: 4200 };');
    expect((await resolveConfig({ projectRoot: root, env: {} })).port).toBe(4200);
  });

  it('says where a JSON file is wrong', async () => {
    await write('alga.config.json', '{\n  "port": "x"\n}');
    expect(await failure(resolveConfig({ projectRoot: root, env: {} }))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'alga.config.json: /port must be a port number',
      location: { file: 'alga.config.json', line: 2, column: 3 },
    });
    await write('alga.config.json', '{\n  "port": 1,\n}');
    expect(await failure(resolveConfig({ projectRoot: root, env: {} }))).toMatchObject({
      code: 'CONFIG_SYNTAX',
      location: { line: 2, column: 12 },
    });
  });

  it('says where a TypeScript file is wrong', async () => {
    await write('alga.config.ts', 'export default {\n  handler: { entri: "x" },\n};');
    expect(await failure(resolveConfig({ projectRoot: root, env: {} }))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'alga.config.ts: /handler/entri is not a setting that alga knows',
      location: { line: 2, column: 14 },
    });
  });

  it('says why a file cannot be run', async () => {
    await write('alga.config.js', 'throw new Error("no luck");');
    expect(await failure(resolveConfig({ projectRoot: root, env: {} }))).toMatchObject({
      code: 'CONFIG_FAILED',
      message: 'alga.config.js could not be run: no luck',
    });
  });

  it.each(['/etc/passwd', '../up', 'C:\\x'])('refuses the path %s outside the project', async (entry) => {
    await write('alga.config.json', JSON.stringify({ handler: { entry } }));
    expect((await failure(resolveConfig({ projectRoot: root, env: {} }))).message).toContain(
      '/handler/entry must be a path inside the project',
    );
  });

  it('accepts the file that the published templates carry', async () => {
    await write('alga.config.json', '{\n  "build": "node ./scripts/build.mjs"\n}');
    await expect(resolveConfig({ projectRoot: root, env: {} })).resolves.toMatchObject({ port: 3000 });
  });
});

describe('readSecrets', () => {
  it('is undefined without a file', async () => {
    expect(await readSecrets(root)).toBeUndefined();
  });

  it('reads NAME=value lines of the ignored folder', async () => {
    await write('.gitignore', '.alga/\n');
    await write('.git/HEAD', 'ref');
    await write('.alga/secrets.env', '# note\nTOKEN="a b"\nKEY=c\n');
    expect(await readSecrets(root)).toMatchObject({ values: { TOKEN: 'a b', KEY: 'c' }, warnings: [] });
  });

  it('warns when git would take the file, without naming a value', async () => {
    await write('.git/HEAD', 'ref');
    await write('alga.secrets.env', 'TOKEN=verysecret');
    const secrets = await readSecrets(root);
    expect(secrets?.warnings.map(({ code }) => code)).toEqual(['SECRETS_NOT_IGNORED']);
    expect(JSON.stringify(secrets?.warnings)).not.toContain('verysecret');
  });
});
