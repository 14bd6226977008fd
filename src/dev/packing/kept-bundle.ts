import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { collectEntries } from '../../bundle/index.js';
import { contentHashOfHex } from '../../core/ids.js';
import { projectStateDir } from '../../core/paths.js';
import { replaceFile } from '../replaced-file.js';
import type { PackedBundle, PackJob } from './pack-job.js';
import { sourceKeyOf } from './source-key.js';

const recordSchema = z.object({
  sourceKey: z.string(),
  /** SHA-256 of the bundle, in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  pageEtag: z.string().optional(),
});

/** Whether an earlier session of this project has left its bundle; whether it still holds is not looked at. */
export function hasKeptBundle(projectRoot: string): boolean {
  return existsSync(recordFile(projectRoot));
}

/** The bundle of an earlier session, when packing the job would make the same one; undefined otherwise. */
export async function keptBundle(projectRoot: string, job: PackJob): Promise<PackedBundle | undefined> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(recordFile(projectRoot), 'utf8')));
    const { manifestText, handler, uiDir } = job;
    const others = await collectEntries({ manifestText, ...(uiDir ? { uiDir } : {}) });
    if (sourceKeyOf(handler, others) !== record.sourceKey) return undefined;
    const bytes = await readFile(bundleFile(projectRoot));
    if (createHash('sha256').update(bytes).digest('hex') !== record.hash) return undefined;
    const { sourceKey, hash, pageEtag } = record;
    return { bytes, contentHash: contentHashOfHex(hash), pageEtag, sourceKey };
  } catch {
    // Nothing kept, or damaged: it is packed anew, which also says what is wrong with the job.
    return undefined;
  }
}

/** Leaves a bundle for the next session of the project. A disk that refuses only makes that one slower. */
export async function keepBundle(projectRoot: string, bundle: PackedBundle): Promise<void> {
  const { sourceKey, contentHash, pageEtag, bytes } = bundle;
  const hash = contentHash.slice('sha256:'.length);
  try {
    await mkdir(dirname(recordFile(projectRoot)), { recursive: true });
    // The record last: what it says is checked against the file, whichever write is lost.
    await replaceFile(bundleFile(projectRoot), bytes);
    await replaceFile(recordFile(projectRoot), JSON.stringify({ sourceKey, hash, pageEtag }));
  } catch {
    await rm(recordFile(projectRoot), { force: true }).catch(() => undefined);
  }
}

function recordFile(projectRoot: string): string {
  return join(projectStateDir(projectRoot), 'build', 'bundle.json');
}

function bundleFile(projectRoot: string): string {
  return join(projectStateDir(projectRoot), 'build', 'bundle.tar.zst');
}
