import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { EngineOptions, SecretEnvelope, StartRequest } from '../executable.js';
import { BoundedMap } from '../net/bounded-map.js';
import type { OpenSecrets } from './guest-request.js';
import type { Outbound } from './outbound.js';
import { decodeBase64 } from './storage.js';

/** The envelope cannot be opened. The message names the step, never its content. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

const KEEP_MS = 30_000;
const MAX_KEPT = 1000;
const MAX_VAULT_ANSWER = 4 * 1024 * 1024;

interface Kept {
  readonly values: ReadonlyMap<string, string>;
  /** Unix milliseconds. */
  readonly until: number;
}

const plaintext = z.record(z.string(), z.string());
const vaultAnswer = z.looseObject({ data: z.looseObject({ plaintext: z.string() }) });

/** Opens secret envelopes and keeps what it opened for a short while, never beyond the envelope's expiry. */
export class SecretEnvelopes {
  readonly #options: EngineOptions['vault'];
  readonly #outbound: Outbound;
  readonly #kept = new BoundedMap<string, Kept>({ maxEntries: MAX_KEPT });

  constructor(options: EngineOptions['vault'], outbound: Outbound) {
    this.#options = options;
    this.#outbound = outbound;
  }

  /** The secrets of a request; `undefined` when it brings none. Throws `SecretError`. */
  async open(request: StartRequest, signal: AbortSignal): Promise<OpenSecrets | undefined> {
    const envelope = request.secretEnvelope;
    if (envelope === undefined || envelope.ciphertextB64.trim() === '') return undefined;
    const expiry = expiryOf(envelope);
    if (expiry <= Date.now()) return { values: new Map(), expired: true };
    const key = cacheKey(request, envelope);
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > Date.now()) return { values: known.values, expired: false };
    const values = parsePlaintext(await this.#decode(envelope, signal));
    this.#kept.set(key, { values, until: Math.min(Date.now() + KEEP_MS, expiry) });
    return { values, expired: false };
  }

  /** Forgets every secret. */
  clear(): void {
    this.#kept.clear();
  }

  async #decode(envelope: SecretEnvelope, signal: AbortSignal): Promise<string> {
    const algorithm = envelope.algorithm?.trim().toLowerCase() ?? '';
    const encoded = algorithm.startsWith('vault-transit')
      ? await this.#decryptInVault(envelope, signal)
      : envelope.ciphertextB64.trim();
    const bytes = decodeBase64(encoded);
    if (bytes === undefined) throw new SecretError('the envelope is not base64');
    return bytes.toString('utf8');
  }

  async #decryptInVault(envelope: SecretEnvelope, signal: AbortSignal): Promise<string> {
    const { address, namespace, tokenFile, transitMount, timeoutMs } = this.#options;
    if (address === undefined) throw new SecretError('no Vault address is configured');
    if (envelope.keyPath === undefined) throw new SecretError('the envelope names no key');
    const mount = envelope.mount ?? transitMount;
    const url = `${address.replace(/\/+$/, '')}/v1/${mount}/decrypt/${envelope.keyPath}`;
    if (!URL.canParse(url)) throw new SecretError('the Vault address is not a URL');
    const token = await readToken(tokenFile);
    const answer = await this.#outbound
      .exchange({
        method: 'POST',
        url: new URL(url),
        headers: [
          ['content-type', 'application/json'],
          ['x-vault-token', token],
          ...(namespace === undefined ? [] : [['x-vault-namespace', namespace] as const]),
        ],
        body: Buffer.from(JSON.stringify({ ciphertext: envelope.ciphertextB64 })),
        timeoutMs,
        maxResponseBytes: MAX_VAULT_ANSWER,
        signal,
      })
      .catch(() => {
        throw new SecretError('Vault cannot be reached');
      });
    if (answer.status < 200 || answer.status > 299) throw new SecretError(`Vault answered ${answer.status}`);
    return plaintextOf(answer.body.toString('utf8'));
  }
}

function plaintextOf(body: string): string {
  const parsed = vaultAnswer.safeParse(jsonOf(body));
  if (!parsed.success) throw new SecretError('Vault gave no plaintext');
  return parsed.data.data.plaintext;
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new SecretError('the Vault token file cannot be read');
  }
}

/** When the envelope ends, in Unix milliseconds; no date, or none that can be read, is never. */
function expiryOf({ expiresAt }: SecretEnvelope): number {
  const time = expiresAt === undefined ? Number.NaN : Date.parse(expiresAt);
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

function cacheKey(request: StartRequest, envelope: SecretEnvelope): string {
  const ciphertext = createHash('sha256').update(envelope.ciphertextB64).digest('hex');
  const { tenantId, extensionId, installId } = request;
  const { version, algorithm, keyPath, mount } = envelope;
  return JSON.stringify([tenantId, extensionId, installId, version, algorithm, keyPath, mount, ciphertext]);
}

function parsePlaintext(text: string): ReadonlyMap<string, string> {
  const parsed = plaintext.safeParse(jsonOf(text));
  if (!parsed.success) throw new SecretError('the envelope holds no object of texts');
  return new Map(Object.entries(parsed.data));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
