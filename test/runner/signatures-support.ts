import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A key pair and certificate made by the openssl program, in files of one folder. */
export interface Identity {
  readonly name: string;
  readonly key: string;
  readonly certificate: string;
  /** The certificate as PEM. */
  readonly pem: string;
}

export interface IdentityOptions {
  /** Undefined: signs itself. */
  readonly issuer?: Identity;
  readonly extensions?: readonly string[];
  /** Negative: expired. */
  readonly days?: number;
  /** Options of `openssl genpkey`. */
  readonly key?: readonly string[];
  readonly digest?: string;
}

const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const RSA = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
export const CA = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];
export const CODE_SIGNING = ['extendedKeyUsage=codeSigning', 'keyUsage=critical,digitalSignature'];

/** The real openssl program, working in one folder. */
export class OpenSsl {
  readonly #program: string;
  readonly #folder: string;
  #made = 0;

  constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  async identity(name: string, options: IdentityOptions = {}): Promise<Identity> {
    const { issuer, extensions = CODE_SIGNING, days = 2, key: keyOptions = EC, digest } = options;
    const base = this.#path(name);
    const [key, request, certificate, extfile] = ['key', 'csr', 'pem', 'cnf'].map(
      (end) => `${base}.${end}`,
    ) as [string, string, string, string];
    await this.#run('genpkey', ...keyOptions, '-out', key);
    await this.#run('req', '-new', '-key', key, '-subj', `/CN=${name}`, '-out', request);
    await writeFile(extfile, `subjectKeyIdentifier=hash\n${extensions.join('\n')}\n`);
    const signer =
      issuer === undefined ? ['-signkey', key] : ['-CA', issuer.certificate, '-CAkey', issuer.key];
    await this.#run(
      ...['x509', '-req', '-in', request, ...signer, '-days', String(days), '-extfile', extfile],
      ...['-set_serial', String(this.#made), '-out', certificate, ...(digest === undefined ? [] : [digest])],
    );
    return { name, key, certificate, pem: await readFile(certificate, 'utf8') };
  }

  /** A detached CMS signature over a file, as `openssl cms -sign` writes it. */
  async sign(file: string, signer: Identity, ...options: readonly string[]): Promise<Buffer> {
    const out = this.#path('signature');
    await this.#run(
      ...['cms', '-sign', '-binary', '-in', file, '-signer', signer.certificate, '-inkey', signer.key],
      ...['-outform', 'DER', '-out', out, ...options],
    );
    return await readFile(out);
  }

  #path(name: string): string {
    this.#made += 1;
    return join(this.#folder, `${name}-${this.#made}`);
  }

  async #run(...args: readonly string[]): Promise<void> {
    await run(this.#program, args, { env: { PATH: process.env.PATH ?? '', HOME: this.#folder } });
  }
}

/** The real gpg program with a home of its own. */
export class Gpg {
  readonly #program: string;
  readonly #home: string;

  constructor(program: string, home: string) {
    this.#program = program;
    this.#home = home;
  }

  /** Makes a signing key; gives its armoured public half. `at`: on that day, such as 20200101T000000. */
  async key(
    name: string,
    options: { algorithm?: string; expires?: string; at?: string } = {},
  ): Promise<string> {
    const { algorithm = 'ed25519', expires = 'never', at } = options;
    await this.#run(at, '--quick-generate-key', `${name} <${name}@example.test>`, algorithm, 'sign', expires);
    return await this.publicKey(name);
  }

  async publicKey(name: string): Promise<string> {
    return (await this.#run(undefined, '--armor', '--export', `${name}@example.test`)).toString();
  }

  async sign(file: string, name: string, options: readonly string[] = [], at?: string): Promise<Buffer> {
    return await this.#run(
      at,
      '--local-user',
      `${name}@example.test`,
      ...options,
      '--output',
      '-',
      '--detach-sign',
      file,
    );
  }

  /** Revokes a key with the certificate gpg made beside it. */
  async revoke(name: string): Promise<void> {
    const listing = (
      await this.#run(undefined, '--with-colons', '--fingerprint', `${name}@example.test`)
    ).toString();
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listing)?.[1] ?? '';
    const file = join(this.#home, 'openpgp-revocs.d', `${fingerprint}.rev`);
    const certificate = (await readFile(file, 'utf8')).replace(':-----BEGIN', '-----BEGIN');
    await writeFile(`${file}.asc`, certificate);
    await this.#run(undefined, '--import', `${file}.asc`);
  }

  /** Ends the agent that gpg started for this home. */
  async stop(): Promise<void> {
    const tool = this.#program.replace(/gpg$/, 'gpgconf');
    await run(tool, ['--homedir', this.#home, '--kill', 'all']);
  }

  async #run(at: string | undefined, ...args: readonly string[]): Promise<Buffer> {
    const day = at === undefined ? [] : ['--faked-system-time', at];
    const fixed = ['--homedir', this.#home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
    const { stdout } = await run(this.#program, [...fixed, ...day, ...args], { encoding: 'buffer' });
    return stdout;
  }
}
