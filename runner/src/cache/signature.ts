import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BundleError } from './errors.js';
import { cmsVerifier } from './signatures/cms.js';
import { cosignVerifier } from './signatures/cosign.js';
import { openPgpVerifier } from './signatures/openpgp.js';
import {
  anyTrusted,
  refused,
  type SignatureKind,
  type SignatureVerifier,
  type Verdict,
} from './signatures/verdict.js';

/** The signers whose bundles may run. */
export interface Trust {
  /** Changes with the set of signers, so that bundles accepted under another set are checked again. */
  readonly fingerprint: string;
  /**
   * Resolves when one trusted signer signed the file; throws `BundleError('signature')` for
   * everything else, a missing signature included. The message begins with a `SignatureFault`.
   */
  require(file: string, signature: Buffer | undefined): Promise<void>;
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * Reads the trusted signers: PEM text, or the path of a file of it. `PUBLIC KEY` blocks are cosign
 * keys, `CERTIFICATE` blocks anchors of CMS signatures, `PGP PUBLIC KEY BLOCK`s OpenPGP signers.
 * Throws when one cannot be read, or when there is no signer in it, since a trust set that nobody is
 * in would look like "no signatures wanted".
 */
export async function loadTrust(bundle: string): Promise<Trust> {
  const pem = bundle.includes('-----BEGIN ')
    ? bundle.replaceAll('\\n', '\n')
    : await readFile(bundle, 'utf8');
  const blocks = [...pem.matchAll(PEM_BLOCK)].map((match) => ({ label: match[1] ?? '', pem: match[0] }));
  const verifiers = await verifiersOf((label) =>
    blocks.filter((block) => block.label === label).map((block) => block.pem),
  );
  if (verifiers.length === 0) throw new Error('SIGNING_TRUST_BUNDLE holds no public key or certificate');
  const fingerprint = createHash('sha256')
    .update(blocks.map((block) => block.pem).join('\n'))
    .digest('hex');
  return {
    fingerprint,
    require: async (file, signature) => {
      const verdict = await verdictOn(verifiers, file, signature);
      if (!verdict.trusted) throw new BundleError('signature', `${verdict.fault}: ${verdict.why}`);
    },
  };
}

async function verifiersOf(blocks: (label: string) => readonly string[]): Promise<SignatureVerifier[]> {
  const certificates = blocks('CERTIFICATE');
  const keys = blocks('PGP PUBLIC KEY BLOCK');
  return [
    ...blocks('PUBLIC KEY').map(cosignVerifier),
    ...(certificates.length > 0 ? [cmsVerifier(certificates)] : []),
    ...(keys.length > 0 ? [await openPgpVerifier(keys)] : []),
  ];
}

async function verdictOn(
  verifiers: readonly SignatureVerifier[],
  file: string,
  signature: Buffer | undefined,
): Promise<Verdict> {
  if (signature === undefined) return refused('signature_missing', 'the bundle is not signed');
  const kind = kindOf(signature);
  const verdicts: Verdict[] = [];
  for (const verifier of verifiers.filter((each) => each.kind === kind)) {
    const verdict = await verifier.verify({ file, signature });
    if (verdict.trusted) return verdict;
    verdicts.push(verdict);
  }
  return anyTrusted(verdicts, refused('signature_untrusted', `no trusted signer signs with ${kind}`));
}

/** Which kind of signature an object is, told by its armour or first byte; cosign's is bare base64. */
function kindOf(signature: Buffer): SignatureKind {
  const head = signature.subarray(0, 64).toString('latin1').trimStart();
  if (head.startsWith('-----BEGIN PGP ')) return 'pgp';
  // A DER sequence or its PEM form: detached CMS.
  if (head.startsWith('-----BEGIN ') || signature[0] === 0x30) return 'x509';
  // The top bit marks an OpenPGP packet; base64 never has it.
  return ((signature[0] ?? 0) & 0x80) === 0 ? 'cosign' : 'pgp';
}
