import { X509Certificate } from 'node:crypto';
import type { SignedData, SignerInfo } from 'pkijs';
import { text } from '../../net/text.js';
import { type KnownCertificate, readCertificate } from './certificate.js';
import { checkPath } from './certificate-path.js';
import { certificateOf, signedOver } from './cms-signer.js';
import { anyTrusted, refused, type SignatureVerifier, type SignedFile, type Verdict } from './verdict.js';

const PEM = /-----BEGIN (CMS|PKCS7)-----([\s\S]+?)-----END \1-----/;
const SIGNED_DATA = '1.2.840.113549.1.7.2';

/**
 * Checks detached CMS signatures (DER or PEM, RSA or ECDSA, SHA-2) against trusted
 * certificates given as PEM; throws when one cannot be read.
 */
export function cmsVerifier(certificates: readonly string[]): SignatureVerifier {
  const ders = certificates.map((pem) => new X509Certificate(pem).raw);
  return { kind: 'x509', verify: (signed) => verifyCms(ders, signed) };
}

async function verifyCms(anchorDers: readonly Buffer[], { file, signature }: SignedFile): Promise<Verdict> {
  const anchors = await Promise.all(anchorDers.map(readCertificate));
  let data: SignedData;
  let others: KnownCertificate[];
  try {
    data = await readSignedData(signature);
    others = await certificatesOf(data);
  } catch (error) {
    return refused('signature_invalid', `not a CMS signature: ${text(error)}`);
  }
  if (data.encapContentInfo.eContent !== undefined) {
    return refused('signature_invalid', 'the CMS signature carries its own content, it must be detached');
  }
  const verdicts: Verdict[] = [];
  for (const info of data.signerInfos) {
    verdicts.push(
      await verifySigner({ info, contentType: data.encapContentInfo.eContentType, anchors, others, file }),
    );
  }
  return anyTrusted(verdicts, refused('signature_invalid', 'nobody signed the CMS signature'));
}

interface Signer {
  readonly info: SignerInfo;
  readonly contentType: string;
  readonly anchors: readonly KnownCertificate[];
  readonly others: readonly KnownCertificate[];
  readonly file: string;
}

async function verifySigner({ info, contentType, anchors, others, file }: Signer): Promise<Verdict> {
  const certificate = certificateOf(info, [...anchors, ...others]);
  if (certificate === undefined) {
    return refused('signature_untrusted', 'the certificate of the CMS signature is not known');
  }
  const path = checkPath(certificate, { anchors, others, now: Date.now() });
  if (!path.trusted) return path;
  try {
    return await signedOver({ info, contentType, key: certificate.x509.publicKey, file });
  } catch (error) {
    return refused('signature_invalid', text(error));
  }
}

async function readSignedData(signature: Buffer): Promise<SignedData> {
  const { ContentInfo, SignedData } = await import('pkijs');
  const armoured = PEM.exec(signature.toString('latin1'));
  const der = armoured === null ? signature : Buffer.from(armoured[2] ?? '', 'base64');
  const info = ContentInfo.fromBER(new Uint8Array(der));
  if (info.contentType !== SIGNED_DATA) throw new Error('not signed data');
  return new SignedData({ schema: info.content });
}

async function certificatesOf(data: SignedData): Promise<KnownCertificate[]> {
  const { Certificate } = await import('pkijs');
  const certificates = (data.certificates ?? []).filter((each) => each instanceof Certificate);
  return await Promise.all(certificates.map((each) => readCertificate(Buffer.from(each.toSchema().toBER()))));
}
