import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTrust } from '../../runner/src/cache/signature.js';
import { program } from '../support/programs.js';
import { bundleOf } from '../support/runner/bundles.js';
import { RunnerInProcess } from '../support/runner/runner-in-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';
import { CA, CODE_SIGNING, Gpg, type Identity, OpenSsl, RSA } from './signatures-support.js';

const openssl = program('openssl');
const gpg = program('gpg');

let scratch: ScratchFolder;
let file: string;
let other: string;

beforeAll(async () => {
  scratch = await scratchFolder('sig');
  await chmod(scratch.path, 0o700);
  file = join(scratch.path, 'bundle.tar.zst');
  other = join(scratch.path, 'other.tar.zst');
  await writeFile(file, randomBytes(300_000));
  await writeFile(other, randomBytes(300_000));
});
afterAll(() => scratch.remove());

/** What the trust set says to a signature of the file: `trusted`, or the code it is refused with. */
async function verdict(pem: string, signature: Buffer | undefined): Promise<string> {
  const trust = await loadTrust(pem);
  return await trust.require(file, signature).then(
    () => 'trusted',
    (error: Error) => /^[a-z_]+/.exec(error.message)?.[0] ?? error.message,
  );
}

function armoured(der: Buffer, label = 'CMS'): Buffer {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`);
}

/** A runner with this trust set over a bundle signed this way: the answer to its first request. */
async function firstAnswer(pem: string, sign: (file: string) => Promise<Buffer>): Promise<string> {
  const runner = await RunnerInProcess.start({ SIGNING_TRUST_BUNDLE: pem });
  try {
    const bundle = await bundleOf({ 'dist/main.wasm': 'component' });
    const path = join(scratch.path, 'published.tar.zst');
    await writeFile(path, bundle.bytes);
    runner.store.put(`${runner.put(bundle)}.sig`, await sign(path));
    const { status, error } = await runner.execute(bundle);
    return `${status} ${error ?? ''}`.trim();
  } finally {
    await runner.stop();
  }
}

describe('a component that a dev server left beside the published ones', () => {
  const key = 'a'.repeat(64);

  async function live(env: Record<string, string>): Promise<number> {
    await writeFile(join(scratch.path, `${key}.wasm`), 'component');
    const runner = await RunnerInProcess.start({ RUNNER_LIVE_COMPONENT_DIR: scratch.path, ...env });
    try {
      const response = await fetch(`${runner.url}/warmup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ content_hash: '', live_component: key }),
      });
      return response.status;
    } finally {
      await runner.stop();
    }
  }

  it('runs where no signatures are asked for, and only there', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(await live({})).toBe(200);
    expect(await live({ SIGNING_TRUST_BUNDLE: pem })).toBe(404);
  });
});

describe.skipIf(!openssl)('signatures of openssl cms -sign', () => {
  let ssl: OpenSsl;
  let root: Identity;
  let signer: Identity;
  const issued = (name: string, extensions = CODE_SIGNING, days = 2) =>
    ssl.identity(name, { issuer: root, extensions, days });

  beforeAll(async () => {
    ssl = new OpenSsl(openssl ?? '', scratch.path);
    root = await ssl.identity('root', { extensions: CA });
    signer = await issued('signer');
  });

  it('by a certificate of a trusted root let a bundle run, tampered bytes do not', async () => {
    expect(await firstAnswer(root.pem, (path) => ssl.sign(path, signer))).toBe('200');
    expect(await firstAnswer(root.pem, () => ssl.sign(other, signer))).toMatch(
      /^502 bundle_fetch_failed: signature_invalid: /,
    );
  });

  it.each<[string, readonly string[]]>([
    ['as is', []],
    ['without signed attributes', ['-noattr']],
    ['naming the key instead of the certificate', ['-keyid']],
    ['over SHA-512', ['-md', 'sha512']],
  ])('count %s', async (_name, options) => {
    expect(await verdict(root.pem, await ssl.sign(file, signer, ...options))).toBe('trusted');
    expect(await verdict(root.pem, await ssl.sign(other, signer, ...options))).toBe('signature_invalid');
  });

  it('count as PEM', async () => {
    const signature = await ssl.sign(file, signer);
    expect(await verdict(root.pem, armoured(signature))).toBe('trusted');
    expect(await verdict(root.pem, armoured(signature, 'PKCS7'))).toBe('trusted');
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['RSA', RSA, []],
    ['RSA-PSS', RSA, ['-keyopt', 'rsa_padding_mode:pss']],
  ])('count when made with %s', async (_name, key, options) => {
    const own = await ssl.identity('own', { issuer: root, key });
    expect(await verdict(root.pem, await ssl.sign(file, own, ...options))).toBe('trusted');
    expect(await verdict(root.pem, await ssl.sign(other, own, ...options))).toBe('signature_invalid');
  });

  it('count through an issuer that is sent along, and not without it', async () => {
    const middle = await ssl.identity('middle', { issuer: root, extensions: CA });
    const own = await ssl.identity('below', { issuer: middle });
    const sent = await ssl.sign(file, own, '-certfile', middle.certificate);
    const alone = await ssl.sign(file, own);
    expect(await verdict(root.pem, sent)).toBe('trusted');
    expect(await verdict(root.pem, alone)).toBe('signature_untrusted');
    expect(await verdict(middle.pem, alone)).toBe('trusted');
  });

  it('count for the one certificate that is trusted itself, even when it is not sent', async () => {
    expect(await verdict(signer.pem, await ssl.sign(file, signer, '-nocerts'))).toBe('trusted');
    expect(await verdict(root.pem, await ssl.sign(file, signer, '-nocerts'))).toBe('signature_untrusted');
  });

  it('count when one of two signers is trusted', async () => {
    const stranger = await ssl.identity('stranger');
    const both = ['-signer', stranger.certificate, '-inkey', stranger.key];
    expect(await verdict(root.pem, await ssl.sign(file, signer, ...both))).toBe('trusted');
  });

  it('of strangers are refused, whatever name they carry', async () => {
    const impostor = await ssl.identity('root', { extensions: CA });
    const own = await ssl.identity('signer', { issuer: impostor });
    const signature = await ssl.sign(file, own, '-certfile', impostor.certificate);
    expect(await verdict(root.pem, signature)).toBe('signature_untrusted');
    expect(await verdict(root.pem, await ssl.sign(file, await ssl.identity('self')))).toBe(
      'signature_untrusted',
    );
  });

  it('of a certificate that was not issued to be an issuer are refused', async () => {
    const below = await ssl.identity('below the signer', { issuer: signer });
    const signature = await ssl.sign(file, below, '-certfile', signer.certificate);
    expect(await verdict(root.pem, signature)).toBe('signature_untrusted');
  });

  it('keep to the length of path an issuer allows', async () => {
    const last = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'];
    const upper = await ssl.identity('upper', { issuer: root, extensions: last });
    const lower = await ssl.identity('lower', { issuer: upper, extensions: CA });
    const direct = await ssl.identity('direct', { issuer: upper });
    const deep = await ssl.identity('deep', { issuer: lower });
    expect(await verdict(upper.pem, await ssl.sign(file, direct))).toBe('trusted');
    const signature = await ssl.sign(file, deep, '-certfile', lower.certificate);
    expect(await verdict(upper.pem, signature)).toBe('signature_untrusted');
  });

  it.each<[string, readonly string[]]>([
    ['another extended use', ['extendedKeyUsage=serverAuth']],
    ['a key for other things', ['keyUsage=critical,keyEncipherment']],
    ['a critical part nobody understands', ['1.2.3.4.5=critical,ASN1:UTF8String:x']],
  ])('of a certificate with %s are refused', async (_name, extensions) => {
    const own = await issued('other use', [...extensions]);
    expect(await verdict(root.pem, await ssl.sign(file, own))).toBe('signature_untrusted');
  });

  it.each<[string, readonly string[]]>([
    ['no extended use', []],
    ['any extended use', ['extendedKeyUsage=anyExtendedKeyUsage']],
  ])('of a certificate that names %s count', async (_name, extensions) => {
    const own = await issued('any use', [...extensions]);
    expect(await verdict(root.pem, await ssl.sign(file, own))).toBe('trusted');
  });

  it('end with the certificate, and with any issuer above it', async () => {
    const expired = await issued('expired', CODE_SIGNING, -1);
    expect(await verdict(root.pem, await ssl.sign(file, expired))).toBe('signature_expired');
    expect(await verdict(expired.pem, await ssl.sign(file, expired))).toBe('signature_expired');
    const oldRoot = await ssl.identity('old root', { extensions: CA, days: -1 });
    const own = await ssl.identity('of the old root', { issuer: oldRoot });
    expect(await verdict(oldRoot.pem, await ssl.sign(file, own))).toBe('signature_expired');
  });

  it('made with SHA-1, or by a certificate signed with it, are refused', async () => {
    expect(await verdict(root.pem, await ssl.sign(file, signer, '-md', 'sha1'))).toBe('signature_invalid');
    const weak = await ssl.identity('weak', { issuer: root, digest: '-sha1' });
    expect(await verdict(root.pem, await ssl.sign(file, weak))).toBe('signature_untrusted');
  });

  it('that carry content of their own are refused', async () => {
    const attached = await ssl.sign(file, signer, '-nodetach');
    expect(await verdict(root.pem, attached)).toBe('signature_invalid');
  });

  it('are refused with any byte changed, cut anywhere, or missing', async () => {
    const signature = await ssl.sign(file, signer);
    for (let at = 0; at < signature.length; at += 23) {
      const changed = Buffer.from(signature);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(await verdict(root.pem, changed), `byte ${at}`).toMatch(
        /^signature_(invalid|untrusted|expired)$/,
      );
      expect(await verdict(root.pem, signature.subarray(0, at)), `cut at ${at}`).toMatch(
        /^signature_(invalid|untrusted)$/,
      );
    }
    expect(await verdict(root.pem, undefined)).toBe('signature_missing');
    expect(await verdict(root.pem, Buffer.from('-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n'))).toBe(
      'signature_invalid',
    );
  });

  it('stop the start of a runner whose certificates cannot be read', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    await expect(loadTrust(broken)).rejects.toThrow();
  });
});

describe.skipIf(!gpg)('signatures of gpg --detach-sign', () => {
  let pgp: Gpg;
  let trusted: string;

  beforeAll(async () => {
    pgp = new Gpg(gpg ?? '', scratch.path);
    trusted = await pgp.key('trusted');
  });
  afterAll(() => pgp.stop());

  it('by a trusted key let a bundle run, tampered bytes do not', async () => {
    expect(await firstAnswer(trusted, (path) => pgp.sign(path, 'trusted'))).toBe('200');
    expect(await firstAnswer(trusted, () => pgp.sign(other, 'trusted'))).toMatch(
      /^502 bundle_fetch_failed: signature_invalid: /,
    );
  });

  it.each([
    ['ed25519', 'binary', []],
    ['ed25519', 'armoured', ['--armor']],
    ['rsa2048', 'armoured', ['--armor']],
    ['nistp256', 'binary', ['--digest-algo', 'SHA512']],
  ])('count when made with %s, %s', async (algorithm, form, options) => {
    const name = `${algorithm}-${form}`;
    const key = await pgp.key(name, { algorithm });
    expect(await verdict(key, await pgp.sign(file, name, options))).toBe('trusted');
    expect(await verdict(key, await pgp.sign(other, name, options))).toBe('signature_invalid');
  });

  it('count for each of several trusted keys, and beside a stranger’s', async () => {
    const second = await pgp.key('second');
    await pgp.key('beside');
    const set = `${trusted}\n${second}`;
    expect(await verdict(set, await pgp.sign(file, 'trusted'))).toBe('trusted');
    expect(await verdict(set, await pgp.sign(file, 'second'))).toBe('trusted');
    const both = await pgp.sign(file, 'second', ['--local-user', 'beside@example.test']);
    expect(await verdict(set, both)).toBe('trusted');
  });

  it('of strangers are refused', async () => {
    await pgp.key('stranger');
    expect(await verdict(trusted, await pgp.sign(file, 'stranger'))).toBe('signature_untrusted');
  });

  it('end with the key and with their own date', async () => {
    const day = '20200101T000000';
    const old = await pgp.key('old', { at: day, expires: '2d' });
    expect(await verdict(old, await pgp.sign(file, 'old', [], '20200102T000000'))).toBe('signature_expired');
    const lasting = await pgp.key('lasting', { at: day });
    const brief = await pgp.sign(file, 'lasting', ['--default-sig-expire', '1d'], day);
    expect(await verdict(lasting, brief)).toBe('signature_expired');
    expect(await verdict(lasting, await pgp.sign(file, 'lasting'))).toBe('trusted');
  });

  it('of a revoked key are refused, earlier ones too', async () => {
    await pgp.key('revoked');
    const signature = await pgp.sign(file, 'revoked');
    await pgp.revoke('revoked');
    expect(await verdict(await pgp.publicKey('revoked'), signature)).toBe('signature_untrusted');
  });

  it('made with SHA-1 are refused', async () => {
    const signature = await pgp.sign(file, 'trusted', ['--digest-algo', 'SHA1', '--allow-weak-digest-algos']);
    expect(await verdict(trusted, signature)).toBe('signature_invalid');
  });

  it('are refused with any byte changed, cut anywhere, or missing', async () => {
    const signature = await pgp.sign(file, 'trusted');
    for (let at = 0; at < signature.length; at += 7) {
      const changed = Buffer.from(signature);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      expect(await verdict(trusted, changed), `byte ${at}`).not.toBe('trusted');
      expect(await verdict(trusted, signature.subarray(0, at)), `cut at ${at}`).toMatch(/^signature_/);
    }
    expect(await verdict(trusted, undefined)).toBe('signature_missing');
  });

  it('stop the start of a runner whose keys cannot be read', async () => {
    const broken = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxxx\n-----END PGP PUBLIC KEY BLOCK-----\n';
    await expect(loadTrust(broken)).rejects.toThrow('SIGNING_TRUST_BUNDLE: unreadable OpenPGP key');
  });
});

it.skipIf(!openssl || !gpg)(
  'a trust set of all kinds takes each, and names the kind nobody signs with',
  async () => {
    const ssl = new OpenSsl(openssl ?? '', scratch.path);
    const own = await ssl.identity('alone');
    expect(await verdict(own.pem, Buffer.from('-----BEGIN PGP SIGNATURE-----'))).toBe('signature_untrusted');
    expect(await verdict(own.pem, Buffer.from('MEUCIQ=='))).toBe('signature_untrusted');
    expect(await verdict(own.pem, await ssl.sign(file, own))).toBe('trusted');
  },
);
