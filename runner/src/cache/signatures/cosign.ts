import { createPublicKey, createVerify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { text } from '../../net/text.js';
import { refused, type SignatureVerifier, TRUSTED } from './verdict.js';

/**
 * Checks signatures as `cosign sign-blob` writes them: base64 of a DER ECDSA signature over the
 * SHA-256 of the file. Takes the signer's public key as PEM; throws when it is not an EC key.
 */
export function cosignVerifier(pem: string): SignatureVerifier {
  const key = createPublicKey(pem);
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
        // A bare signature names no signer: another key and other bytes look the same.
        if (verify.verify(key, der)) return TRUSTED;
        return refused('signature_invalid', 'no trusted key made this cosign signature over this bundle');
      } catch (error) {
        return refused('signature_invalid', text(error));
      }
    },
  };
}
