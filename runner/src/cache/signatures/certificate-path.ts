import {
  isSoundlySigned,
  isUnderstood,
  isValidAt,
  type KnownCertificate,
  mayIssue,
  maySignCode,
  sameCertificate,
} from './certificate.js';
import { anyTrusted, refused, TRUSTED, type Verdict } from './verdict.js';

/** Certificates in a path, the signer's and the anchor included. */
const LONGEST_PATH = 8;
const MOST_CANDIDATES = 32;

export interface PathOptions {
  readonly anchors: readonly KnownCertificate[];
  /** Sent along with the signature, in no order, of no authority. */
  readonly others: readonly KnownCertificate[];
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * Whether a signer's certificate leads to an anchor over valid issuers. An anchor may be a root, an
 * issuer below one, or the signer's own certificate; its dates count like everyone's.
 */
export function checkPath(signer: KnownCertificate, options: PathOptions): Verdict {
  if (options.others.length > MOST_CANDIDATES) {
    return refused('signature_invalid', `more than ${MOST_CANDIDATES} certificates in the signature`);
  }
  if (!maySignCode(signer)) {
    return refused('signature_untrusted', `certificate is not for code signing: ${nameOf(signer)}`);
  }
  return climb(signer, 0, { ...options, seen: new Set() });
}

interface Search extends PathOptions {
  /** Fingerprints of what was climbed before: each certificate once, or a mesh of them never ends. */
  readonly seen: Set<string>;
}

/** `height`: certificates below this one, which is how many issuers lie under its own issuer. */
function climb(certificate: KnownCertificate, height: number, options: Search): Verdict {
  options.seen.add(certificate.x509.fingerprint256);
  if (!isUnderstood(certificate)) {
    return refused('signature_untrusted', `certificate has unknown critical parts: ${nameOf(certificate)}`);
  }
  const anchored = options.anchors.some((anchor) => sameCertificate(anchor, certificate));
  const verdict = anchored ? TRUSTED : climbOn(certificate, height, options);
  if (!verdict.trusted || isValidAt(certificate, options.now)) return verdict;
  return refused('signature_expired', `certificate is not valid today: ${nameOf(certificate)}`);
}

function climbOn(certificate: KnownCertificate, height: number, options: Search): Verdict {
  const stranger = refused('signature_untrusted', `no trusted issuer of ${nameOf(certificate)}`);
  if (height + 1 >= LONGEST_PATH || !isSoundlySigned(certificate)) return stranger;
  const verdicts: Verdict[] = [];
  for (const issuer of [...options.anchors, ...options.others]) {
    if (options.seen.has(issuer.x509.fingerprint256) || !isIssuerOf(issuer, certificate, height)) continue;
    verdicts.push(climb(issuer, height + 1, options));
  }
  return anyTrusted(verdicts, stranger);
}

function isIssuerOf(issuer: KnownCertificate, certificate: KnownCertificate, height: number): boolean {
  return (
    mayIssue(issuer, height) &&
    certificate.x509.checkIssued(issuer.x509) &&
    certificate.x509.verify(issuer.x509.publicKey)
  );
}

function nameOf({ x509 }: KnownCertificate): string {
  return x509.subject.replaceAll('\n', ', ').slice(0, 200);
}
