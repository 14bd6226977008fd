import { constants, createHash, createVerify, type KeyObject, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ObjectIdentifier, OctetString, Primitive } from 'asn1js';
import type { IssuerAndSerialNumber, SignerInfo } from 'pkijs';
import { type KnownCertificate, keyIdOf } from './certificate.js';
import { refused, TRUSTED, type Verdict } from './verdict.js';

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA_PSS = '1.2.840.113549.1.1.10';

/** Digests that still stand; SHA-1 and MD5 do not. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
const SMALLEST_RSA_BITS = 2048;
const KEY_TYPES: ReadonlySet<string | undefined> = new Set(['rsa', 'rsa-pss', 'ec']);

/** The certificate a signer info names, by issuer and serial number or by the id of its key. */
export function certificateOf(
  info: SignerInfo,
  candidates: readonly KnownCertificate[],
): KnownCertificate | undefined {
  const sid = info.sid as IssuerAndSerialNumber | Primitive;
  if ('issuer' in sid) {
    return candidates.find(
      ({ parsed }) => parsed.issuer.isEqual(sid.issuer) && parsed.serialNumber.isEqual(sid.serialNumber),
    );
  }
  const id = Buffer.from(sid.valueBlock.valueHexView);
  return candidates.find((candidate) => keyIdOf(candidate).equals(id));
}

export interface SignedContent {
  readonly info: SignerInfo;
  /** Declared type of what was signed. */
  readonly contentType: string;
  readonly key: KeyObject;
  readonly file: string;
}

/** Whether the key made the signature over the file. May throw for what is not well formed. */
export async function signedOver({ info, contentType, key, file }: SignedContent): Promise<Verdict> {
  const digest = DIGESTS.get(info.digestAlgorithm.algorithmId);
  if (digest === undefined)
    return refused('signature_invalid', 'the CMS signature is not over a SHA-2 digest');
  if (!KEY_TYPES.has(key.asymmetricKeyType)) {
    return refused('signature_invalid', 'the key is neither RSA nor ECDSA');
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? SMALLEST_RSA_BITS) < SMALLEST_RSA_BITS) {
    return refused('signature_invalid', `the RSA key is shorter than ${SMALLEST_RSA_BITS} bits`);
  }
  const stated = statedDigest(info, contentType);
  if (stated === undefined) {
    return (await fileVerifies(info, digest, key, file)) ? TRUSTED : tampered();
  }
  const hash = createHash(digest);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest().equals(stated) && attributesVerify(info, digest, key) ? TRUSTED : tampered();
}

function tampered(): Verdict {
  return refused('signature_invalid', 'the CMS signature was made over other bytes');
}

/** The digest in the signed attributes; undefined when there are none and the bytes are signed themselves. */
function statedDigest(info: SignerInfo, contentType: string): Buffer | undefined {
  if (info.signedAttrs === undefined) return undefined;
  const type = (only(info, CONTENT_TYPE) as ObjectIdentifier).valueBlock.toString();
  if (type !== contentType) throw new Error('the signed attributes name another type of content');
  return Buffer.from((only(info, MESSAGE_DIGEST) as OctetString).valueBlock.valueHexView);
}

/** The single value of a signed attribute; a second one would leave open which counts. */
function only(info: SignerInfo, type: string): unknown {
  const found = (info.signedAttrs?.attributes ?? []).filter((attribute) => attribute.type === type);
  const [value, second] = found.flatMap((attribute) => attribute.values as unknown[]);
  if (value === undefined || second !== undefined)
    throw new Error(`signed attribute ${type} must be there once`);
  return value;
}

function attributesVerify(info: SignerInfo, digest: string, key: KeyObject): boolean {
  // Signed as a SET OF, which is how pkijs keeps them for this.
  const bytes = Buffer.from(info.signedAttrs?.encodedValue ?? new ArrayBuffer(0));
  return verify(digest, bytes, keyFor(info, key), signatureOf(info));
}

async function fileVerifies(
  info: SignerInfo,
  digest: string,
  key: KeyObject,
  file: string,
): Promise<boolean> {
  const check = createVerify(digest);
  for await (const chunk of createReadStream(file)) check.update(chunk as Buffer);
  return check.verify(keyFor(info, key), signatureOf(info));
}

function keyFor(info: SignerInfo, key: KeyObject) {
  if (info.signatureAlgorithm.algorithmId !== RSA_PSS) return { key };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
}

function signatureOf(info: SignerInfo): Buffer {
  return Buffer.from(info.signature.valueBlock.valueHexView);
}
