import { createHash, createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from '../net/text.js';
import { BundleError } from './errors.js';

export type SignatureKind = 'cosign' | 'x509' | 'pgp';

/** A signature object and the bundle file it is meant for. */
export interface SignedFile {
  readonly file: string;
  readonly signature: Buffer;
}

/** One way of checking signatures. `verify` gives false for a well-formed signature of someone else. */
export interface SignatureVerifier {
  readonly kind: SignatureKind;
  verify(signed: SignedFile): Promise<boolean>;
}

/** The signers whose bundles may run. */
export interface Trust {
  /** Changes with the set of signers, so that bundles accepted under another set are checked again. */
  readonly fingerprint: string;
  /**
   * Resolves when one trusted signer signed the file; throws `BundleError('signature')` for
   * everything else, a missing signature included.
   */
  require(file: string, signature: Buffer | undefined): Promise<void>;
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * Reads the trusted signers: PEM text, or the path of a file of it. Throws when there is no signer in
 * it, since a trust set that nobody is in would look like "no signatures wanted".
 */
export async function loadTrust(bundle: string): Promise<Trust> {
  const pem = bundle.includes('-----BEGIN ')
    ? bundle.replaceAll('\\n', '\n')
    : await readFile(bundle, 'utf8');
  const blocks = [...pem.matchAll(PEM_BLOCK)].map((match) => ({ label: match[1] ?? '', pem: match[0] }));
  const verifiers = blocks.flatMap((block) => verifierOf(block.label, block.pem));
  if (verifiers.length === 0) throw new Error('SIGNING_TRUST_BUNDLE holds no public key or certificate');
  const fingerprint = createHash('sha256')
    .update(blocks.map((block) => block.pem).join('\n'))
    .digest('hex');
  return { fingerprint, require: (file, signature) => requireSignature(verifiers, file, signature) };
}

function verifierOf(label: string, pem: string): SignatureVerifier[] {
  switch (label) {
    case 'PUBLIC KEY':
      return [cosignVerifier(createPublicKey(pem))];
    case 'CERTIFICATE':
      return [unsupportedVerifier('x509')];
    case 'PGP PUBLIC KEY BLOCK':
      return [unsupportedVerifier('pgp')];
    default:
      return [];
  }
}

async function requireSignature(
  verifiers: readonly SignatureVerifier[],
  file: string,
  signature: Buffer | undefined,
): Promise<void> {
  if (signature === undefined) throw refused('signature_missing: the bundle is not signed');
  const kind = kindOf(signature);
  const fitting = verifiers.filter((verifier) => verifier.kind === kind);
  for (const verifier of fitting) {
    if (await verifier.verify({ file, signature })) return;
  }
  throw refused(`signature_invalid: no trusted signer made this ${kind} signature`);
}

/** Which kind of signature an object is, told by its armour; cosign's is bare base64. */
function kindOf(signature: Buffer): SignatureKind {
  const head = signature.subarray(0, 64).toString('latin1').trimStart();
  if (head.startsWith('-----BEGIN PGP SIGNATURE-----')) return 'pgp';
  // A DER sequence or its PEM form: detached CMS.
  if (head.startsWith('-----BEGIN ') || signature[0] === 0x30) return 'x509';
  return 'cosign';
}

/** Base64 of a DER ECDSA signature over the SHA-256 of the file, as `cosign sign-blob` writes it. */
function cosignVerifier(key: KeyObject): SignatureVerifier {
  if (key.asymmetricKeyType !== 'ec') {
    throw new Error('SIGNING_TRUST_BUNDLE: only elliptic-curve public keys are supported');
  }
  return {
    kind: 'cosign',
    verify: async ({ file, signature }) => {
      const der = Buffer.from(signature.toString('latin1').trim(), 'base64');
      const verify = createVerify('sha256');
      for await (const chunk of createReadStream(file)) verify.update(chunk as Buffer);
      try {
        return verify.verify(key, der);
      } catch (error) {
        throw refused(`signature_invalid: ${text(error)}`);
      }
    },
  };
}

/** Holds the place of a kind that cannot be checked yet: such bundles never run. */
function unsupportedVerifier(kind: SignatureKind): SignatureVerifier {
  return {
    kind,
    verify: () => Promise.reject(refused(`signature_unsupported: ${kind} signatures cannot be checked yet`)),
  };
}

function refused(message: string): BundleError {
  return new BundleError('signature', message);
}
