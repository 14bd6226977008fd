// A stamp file records the hash of the inputs something was made from; the thing is made again when
// the inputs have changed. File times would lie after a clone or a branch switch.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './commands.mjs';

export function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesUnder).sort()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Files below a path of the repository, or the path itself when it is a file. */
export function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => filesUnder(join(path, name)));
}

export function isFresh(stampFile, hash) {
  const path = join(root, stampFile);
  return existsSync(path) && readFileSync(path, 'utf8') === hash;
}

export function writeStamp(stampFile, hash) {
  writeFileSync(join(root, stampFile), hash);
}
