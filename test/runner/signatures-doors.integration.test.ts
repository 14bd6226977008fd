import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../support/programs.js';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';
import { CA, CODE_SIGNING, Gpg, OpenSsl } from './signatures-support.js';

// Every kind of signature, in every state, through both doors a bundle is asked for.

const openssl = program('openssl');
const gpg = program('gpg');

/** Signs a file; undefined: there is no signature. */
type Signer = (file: string) => Promise<string | Buffer | undefined>;

interface Case {
  readonly name: string;
  /** Code of the refusal; undefined: the bundle runs. */
  readonly code?: string;
  readonly signer: Signer;
}

let scratch: ScratchFolder;
let other: string;
let made = 0;

beforeAll(async () => {
  scratch = await scratchFolder('doors');
  await chmod(scratch.path, 0o700);
  other = join(scratch.path, 'other.tar.zst');
  await writeFile(other, 'another bundle');
});
afterAll(() => scratch.remove());

/** A bundle nobody has asked for yet, with the signature beside it. */
async function published(runner: RunnerInProcess, signer: Signer): Promise<TestBundle> {
  made += 1;
  const bundle = await bundleOf({ 'dist/main.wasm': `component ${made}`, 'ui/index.html': `page ${made}` });
  const file = join(scratch.path, `bundle-${made}.tar.zst`);
  await writeFile(file, bundle.bytes);
  const signature = await signer(file);
  const key = runner.put(bundle);
  if (signature !== undefined) runner.store.put(`${key}.sig`, Buffer.from(signature));
  return bundle;
}

async function execute(runner: RunnerInProcess, bundle: TestBundle): Promise<string> {
  const { status, error } = await runner.execute(bundle);
  return `${status} ${error}`;
}

async function page(runner: RunnerInProcess, bundle: TestBundle): Promise<unknown[]> {
  const response = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
  return [response.status, await response.text(), response.headers.get('cache-control')];
}

/** Asks for a bundle of the case through each door, the other one not having asked before. */
async function expectAnswers(runner: RunnerInProcess, { code, signer }: Case): Promise<void> {
  const [first, second] = [await published(runner, signer), await published(runner, signer)];
  if (code === undefined) {
    expect(await execute(runner, first)).toBe('200 null');
    expect((await page(runner, second))[0]).toBe(200);
    return;
  }
  const refusal = [500, '{"code":"extract_failed"}', 'no-store'];
  expect(await execute(runner, first)).toMatch(new RegExp(`^502 bundle_fetch_failed: ${code}: `));
  expect(await page(runner, second)).toEqual(refusal);
  // Asked for again, it is refused again, and nothing of it has been unpacked.
  expect(await page(runner, first)).toEqual(refusal);
  expect(await execute(runner, second)).toMatch(new RegExp(`^502 bundle_fetch_failed: ${code}: `));
  const kept = await readdir(runner.cacheRoot);
  expect(kept.filter((name) => [first.hex, second.hex].includes(name))).toEqual([]);
}

const unsigned: Signer = () => Promise.resolve(undefined);
const garbage: Signer = () => Promise.resolve('garbage');

/** A runner with this trust set answers all of these cases. */
async function hold(trust: string, cases: readonly Case[]): Promise<void> {
  const runner = await RunnerInProcess.start({ SIGNING_TRUST_BUNDLE: trust });
  try {
    for (const each of cases) {
      await expectAnswers(runner, each).catch((cause: unknown) => {
        throw new Error(`with ${each.name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      });
    }
  } finally {
    await runner.stop();
  }
}

describe('through both doors, with signatures', () => {
  it('of cosign', async () => {
    const [own, stranger] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
    if (own === undefined || stranger === undefined) throw new Error('no keys');
    const signed =
      (key: KeyObject, file?: string): Signer =>
      async (bundle) =>
        `${sign('sha256', await readFile(file ?? bundle), key).toString('base64')}\n`;
    await hold(own.publicKey.export({ type: 'spki', format: 'pem' }) as string, [
      { name: 'a good one', signer: signed(own.privateKey) },
      { name: 'one of other bytes', code: 'signature_invalid', signer: signed(own.privateKey, other) },
      { name: 'one of another signer', code: 'signature_invalid', signer: signed(stranger.privateKey) },
      { name: 'garbage', code: 'signature_invalid', signer: garbage },
      { name: 'none', code: 'signature_missing', signer: unsigned },
    ]);
  });

  it.skipIf(!openssl)('of x509 certificates (CMS)', async () => {
    const ssl = new OpenSsl(openssl ?? '', scratch.path);
    const root = await ssl.identity('root', { extensions: CA });
    const [own, expired, stranger] = await Promise.all([
      ssl.identity('own', { issuer: root, extensions: CODE_SIGNING }),
      ssl.identity('expired', { issuer: root, extensions: CODE_SIGNING, days: -1 }),
      ssl.identity('stranger'),
    ]);
    await hold(root.pem, [
      { name: 'a good one', signer: (file) => ssl.sign(file, own) },
      { name: 'one of other bytes', code: 'signature_invalid', signer: () => ssl.sign(other, own) },
      {
        name: 'one of another signer',
        code: 'signature_untrusted',
        signer: (file) => ssl.sign(file, stranger),
      },
      {
        name: 'one of an expired certificate',
        code: 'signature_expired',
        signer: (file) => ssl.sign(file, expired),
      },
      { name: 'garbage', code: 'signature_(invalid|untrusted)', signer: garbage },
      { name: 'none', code: 'signature_missing', signer: unsigned },
    ]);
  });

  it.skipIf(!gpg)('of OpenPGP keys', async () => {
    const pgp = new Gpg(gpg ?? '', scratch.path);
    try {
      const day = '20200101T000000';
      const own = await pgp.key('own');
      const old = await pgp.key('old', { at: day, expires: '2d' });
      await pgp.key('stranger');
      await hold(`${own}\n${old}`, [
        { name: 'a good one', signer: (file) => pgp.sign(file, 'own') },
        { name: 'one of other bytes', code: 'signature_invalid', signer: () => pgp.sign(other, 'own') },
        {
          name: 'one of another signer',
          code: 'signature_untrusted',
          signer: (file) => pgp.sign(file, 'stranger'),
        },
        {
          name: 'one of an expired key',
          code: 'signature_expired',
          signer: (file) => pgp.sign(file, 'old', [], '20200102T000000'),
        },
        { name: 'garbage', code: 'signature_(invalid|untrusted)', signer: garbage },
        { name: 'none', code: 'signature_missing', signer: unsigned },
      ]);
    } finally {
      await pgp.stop();
    }
  });

  it.skipIf(!gpg)('of a revoked OpenPGP key, made before it was revoked', async () => {
    const folder = await scratchFolder('revoked');
    await chmod(folder.path, 0o700);
    const pgp = new Gpg(gpg ?? '', folder.path);
    try {
      await pgp.key('revoked');
      const signer: Signer = (file) => pgp.sign(file, 'revoked');
      await hold(await pgp.publicKey('revoked'), [{ name: 'the key as it was', signer }]);
      const again = await bundleOf({ 'dist/main.wasm': 'late', 'ui/index.html': 'late' });
      const file = join(folder.path, 'late.tar.zst');
      await writeFile(file, again.bytes);
      const early = await pgp.sign(file, 'revoked');
      await pgp.revoke('revoked');
      const runner = await RunnerInProcess.start({ SIGNING_TRUST_BUNDLE: await pgp.publicKey('revoked') });
      try {
        runner.store.put(`${runner.put(again)}.sig`, early);
        expect(await execute(runner, again)).toMatch(/^502 bundle_fetch_failed: signature_untrusted: /);
        expect(await page(runner, again)).toEqual([500, '{"code":"extract_failed"}', 'no-store']);
      } finally {
        await runner.stop();
      }
    } finally {
      await pgp.stop();
      await folder.remove();
    }
  });

  it('what a dev server hands over on the side does not pass without one', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const runner = await RunnerInProcess.start({
      SIGNING_TRUST_BUNDLE: publicKey.export({ type: 'spki', format: 'pem' }) as string,
      RUNNER_LIVE_COMPONENT_DIR: scratch.path,
    });
    const free = await RunnerInProcess.start({ RUNNER_LIVE_COMPONENT_DIR: scratch.path });
    try {
      const bundle = await published(runner, unsigned);
      await writeFile(join(scratch.path, `${bundle.hex}.tar.zst`), bundle.bytes);
      expect(await execute(runner, bundle)).toMatch(/^502 bundle_fetch_failed: signature_missing: /);
      expect(await execute(free, bundle)).toBe('200 null');
    } finally {
      await Promise.all([runner.stop(), free.stop()]);
    }
  });

  it('bytes that were changed afterwards are refused before their signature is looked at', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const trust = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const runner = await RunnerInProcess.start({ SIGNING_TRUST_BUNDLE: trust });
    try {
      const bundle = await bundleOf({ 'dist/main.wasm': 'right', 'ui/index.html': 'right' });
      const bytes = Buffer.from(bundle.bytes);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      const key = runner.put(bundle);
      runner.store.put(`${key}.sig`, Buffer.from(sign('sha256', bytes, privateKey).toString('base64')));
      runner.store.put(key, bytes);
      expect(await execute(runner, bundle)).toMatch(/^502 bundle_fetch_failed: archive hash mismatch: /);
      expect((await page(runner, bundle)).slice(0, 2)).toEqual([502, '{"code":"archive_hash_mismatch"}']);
    } finally {
      await runner.stop();
    }
  });
});
