import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { PublicKey, Signature, SignaturePacket } from 'openpgp';
import { text } from '../../net/text.js';
import {
  anyTrusted,
  refused,
  type SignatureVerifier,
  type SignedFile,
  TRUSTED,
  type Verdict,
} from './verdict.js';

/**
 * Checks detached OpenPGP signatures, armoured or binary. Takes the armoured public keys of the
 * signers; throws when one cannot be read. A signature counts while it and its key are valid today:
 * the date inside a signature is its maker's word, so an expired or revoked key signs nothing more.
 */
export async function openPgpVerifier(armouredKeys: readonly string[]): Promise<SignatureVerifier> {
  const { readKeys } = await import('openpgp');
  const found = await Promise.all(
    armouredKeys.map((armored) =>
      readKeys({ armoredKeys: armored }).catch((error: unknown) => {
        throw new Error(`SIGNING_TRUST_BUNDLE: unreadable OpenPGP key: ${text(error)}`, { cause: error });
      }),
    ),
  );
  const keys = found.flat().map((key) => key.toPublic());
  return { kind: 'pgp', verify: (signed) => verifySigned(keys, signed) };
}

async function verifySigned(keys: readonly PublicKey[], { file, signature }: SignedFile): Promise<Verdict> {
  const { readSignature } = await import('openpgp');
  let parsed: Signature;
  try {
    const armoured = signature.toString('latin1').trimStart().startsWith('-----BEGIN ');
    parsed = armoured
      ? await readSignature({ armoredSignature: signature.toString('utf8') })
      : await readSignature({ binarySignature: new Uint8Array(signature) });
  } catch (error) {
    return refused('signature_invalid', `not an OpenPGP signature: ${text(error)}`);
  }
  const verdicts: Verdict[] = [];
  for (const packet of parsed.packets) verdicts.push(await verifyPacket(keys, packet, file));
  return anyTrusted(verdicts, refused('signature_invalid', 'no OpenPGP signature in the signature object'));
}

async function verifyPacket(
  keys: readonly PublicKey[],
  packet: SignaturePacket,
  file: string,
): Promise<Verdict> {
  const id = packet.issuerKeyID;
  const key = keys.find((each) => each.getKeys(id).length > 0);
  if (key === undefined) {
    return refused('signature_untrusted', `OpenPGP key ${id.toHex()} is not a trusted signer`);
  }
  const now = new Date();
  const why = await standingOf(key, packet, now);
  if (why !== undefined) return why;
  try {
    await verifyBytes(key, packet, file);
    // Today, not only on the day the signature claims.
    await key.getSigningKey(id, now);
    return TRUSTED;
  } catch (error) {
    return refused('signature_invalid', text(error));
  }
}

/** Why the signature cannot count whatever it was made over; undefined when nothing speaks against it. */
async function standingOf(key: PublicKey, packet: SignaturePacket, now: Date): Promise<Verdict | undefined> {
  const name = packet.issuerKeyID.toHex();
  if (await key.isRevoked()) return refused('signature_untrusted', `OpenPGP key ${name} is revoked`);
  // Null: the key has no valid self-signature to say how long it lasts.
  const ends = (
    await Promise.all([key, ...key.getKeys(packet.issuerKeyID)].map((each) => each.getExpirationTime()))
  ).map((end) => (end === null ? 0 : Number(end)));
  if (ends.some((end) => end <= now.getTime())) {
    return refused('signature_expired', `OpenPGP key ${name} has expired`);
  }
  const start = packet.created?.getTime() ?? 0;
  if (packet.isExpired(now)) {
    const future = start > now.getTime();
    return refused(
      'signature_expired',
      future ? 'the signature is from the future' : 'the signature has expired',
    );
  }
  return undefined;
}

/** Throws unless the key signed the bytes of the file, which is streamed through. */
async function verifyBytes(key: PublicKey, packet: SignaturePacket, file: string): Promise<void> {
  const { createMessage, PacketList, Signature, verify } = await import('openpgp');
  const single = new PacketList<SignaturePacket>();
  single.push(packet);
  const source = createReadStream(file);
  try {
    const message = await createMessage({ binary: Readable.toWeb(source) });
    const result = await verify({
      message,
      signature: new Signature(single),
      verificationKeys: key,
      format: 'binary',
    });
    // What is read here is what gets hashed; the library follows readers, not async iterators.
    const reader = result.data.getReader();
    while (!(await reader.read()).done);
    const [outcome] = result.signatures;
    if (outcome === undefined) throw new Error('no signature was checked');
    await outcome.verified;
  } finally {
    source.destroy();
  }
}
