import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { algaError, textOf } from '../../core/errors/alga-error.js';

const KEY_BYTES = 32;

/**
 * The key that seals secrets at rest, from a file only its owner can read; made on first use.
 * Several processes may ask at once and get the same key. Throws REGISTRY_SEALING_KEY_UNUSABLE.
 */
export async function loadSealingKey(path: string): Promise<Buffer> {
  try {
    return (await readKey(path)) ?? (await makeKey(path));
  } catch (cause) {
    throw algaError('REGISTRY_SEALING_KEY_UNUSABLE', { path, detail: textOf(cause) }, { cause });
  }
}

async function readKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) throw new Error('does not hold a 32-byte key');
  await chmod(path, 0o600);
  return key;
}

async function makeKey(path: string): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  try {
    // A link either makes the name or finds it taken, so everyone ends up with the first key, whole.
    await link(draft, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const key = await readKey(path);
  if (key === undefined) throw new Error('vanished while it was made');
  return key;
}
