import { createHash, X509Certificate } from 'node:crypto';
import type { BasicConstraints, Certificate, Extension, ExtKeyUsage } from 'pkijs';

/** One certificate, for both libraries: node's checks signatures, pkijs reads the extensions. */
export interface KnownCertificate {
  readonly x509: X509Certificate;
  readonly parsed: Certificate;
}

const SUBJECT_KEY_ID = '2.5.29.14';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE]);

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const ANY_USE = '2.5.29.37.0';

/** Bits of the first byte of a key usage. */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** Certificates signed with SHA-1 or MD5 can be forged. */
const SOUND_SIGNATURES: ReadonlySet<string> = new Set([
  ...['1.2.840.113549.1.1.10', '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'],
]);

/** Reads a certificate from DER; throws when it is none. */
export async function readCertificate(der: Buffer): Promise<KnownCertificate> {
  const { Certificate } = await import('pkijs');
  return { x509: new X509Certificate(der), parsed: Certificate.fromBER(new Uint8Array(der)) };
}

/** Whether two certificates are the same to the byte. */
export function sameCertificate(a: KnownCertificate, b: KnownCertificate): boolean {
  return a.x509.raw.equals(b.x509.raw);
}

/** The id of a certificate's key: the one it names, else the usual SHA-1 of the key's bits. */
export function keyIdOf(certificate: KnownCertificate): Buffer {
  const named = extensionOf(certificate, SUBJECT_KEY_ID)?.extnValue.valueBlock.valueHexView;
  // An OCTET STRING inside the extension's own: tag, length, then the id.
  if (named !== undefined) return Buffer.from(named).subarray(2);
  const bits = certificate.parsed.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  return createHash('sha1').update(bits).digest();
}

/** Whether the date (Unix milliseconds) lies in the certificate's validity. */
export function isValidAt({ x509 }: KnownCertificate, now: number): boolean {
  return Date.parse(x509.validFrom) <= now && now <= Date.parse(x509.validTo);
}

/**
 * Whether the certificate may sign code: one that names its extended uses must name code signing or
 * any use, one that names its key's uses must name digital signatures.
 */
export function maySignCode(certificate: KnownCertificate): boolean {
  const uses = extensionOf(certificate, EXTENDED_KEY_USAGE)?.parsedValue as ExtKeyUsage | undefined;
  const named = uses === undefined || uses.keyPurposes.some((use) => use === CODE_SIGNING || use === ANY_USE);
  return named && allows(certificate, DIGITAL_SIGNATURE);
}

/** Whether the certificate may issue others with `below` issuers between it and the signer's. */
export function mayIssue(certificate: KnownCertificate, below: number): boolean {
  const limits = extensionOf(certificate, BASIC_CONSTRAINTS)?.parsedValue as BasicConstraints | undefined;
  if (limits?.cA !== true || !allows(certificate, KEY_CERT_SIGN)) return false;
  const length = limits.pathLenConstraint;
  return length === undefined || below <= (typeof length === 'number' ? length : length.valueBlock.valueDec);
}

/** Whether everything the certificate calls critical is understood here, and its signature is sound. */
export function isUnderstood({ parsed }: KnownCertificate): boolean {
  const extensions = parsed.extensions ?? [];
  if (extensions.some((extension) => extension.parsedValue !== undefined && isUnread(extension)))
    return false;
  return extensions.every(({ critical, extnID }) => !critical || UNDERSTOOD.has(extnID));
}

/** Whether the certificate was signed with an algorithm that cannot be forged. */
export function isSoundlySigned({ parsed }: KnownCertificate): boolean {
  return SOUND_SIGNATURES.has(parsed.signatureAlgorithm.algorithmId);
}

function isUnread({ extnID, parsedValue }: Extension): boolean {
  return UNDERSTOOD.has(extnID) && typeof parsedValue === 'object' && 'parsingError' in parsedValue;
}

function extensionOf({ parsed }: KnownCertificate, id: string): Extension | undefined {
  return parsed.extensions?.find(({ extnID }) => extnID === id);
}

function allows(certificate: KnownCertificate, bit: number): boolean {
  const extension = extensionOf(certificate, KEY_USAGE);
  if (extension === undefined) return true;
  // A BIT STRING in DER: tag, length, unused bits, then the bits.
  const first = Buffer.from(extension.extnValue.valueBlock.valueHexView)[3] ?? 0;
  return (first & bit) !== 0;
}
