/** Why a signature does not count. The name is the first word of the refusal a caller sees. */
export type SignatureFault =
  /** There is no signature beside the bundle. */
  | 'signature_missing'
  /** It cannot be read, or was made over other bytes. */
  | 'signature_invalid'
  /** Whoever made it is not in the trust set. */
  | 'signature_untrusted'
  /** It, or the key or certificate behind it, is not valid today. */
  | 'signature_expired';

/** What a check of one signature found. */
export type Verdict =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly fault: SignatureFault; readonly why: string };

/** A signature object and the bundle file it is meant for. */
export interface SignedFile {
  readonly file: string;
  readonly signature: Buffer;
}

export type SignatureKind = 'cosign' | 'x509' | 'pgp';

/** One way of checking signatures. `verify` gives a verdict for anything a stranger may have stored. */
export interface SignatureVerifier {
  readonly kind: SignatureKind;
  verify(signed: SignedFile): Promise<Verdict>;
}

/** The verdict on a signature that holds, of somebody who is trusted. */
export const TRUSTED: Verdict = { trusted: true };

/** The verdict on a signature that is not accepted; `why` is for the log. */
export function refused(fault: SignatureFault, why: string): Verdict {
  return { trusted: false, fault, why };
}

// The one that says most about what its maker should mend comes first.
const TELLING: readonly SignatureFault[] = [
  'signature_expired',
  'signature_invalid',
  'signature_untrusted',
  'signature_missing',
];

/** Several signatures or signers, one of which is enough: trusted, or the most telling refusal. */
export function anyTrusted(verdicts: readonly Verdict[], otherwise: Verdict): Verdict {
  const trusted = verdicts.find((verdict) => verdict.trusted);
  if (trusted !== undefined) return trusted;
  const rank = (verdict: Verdict) => (verdict.trusted ? -1 : TELLING.indexOf(verdict.fault));
  return [...verdicts].sort((a, b) => rank(a) - rank(b))[0] ?? otherwise;
}
