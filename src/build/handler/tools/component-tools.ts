import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { algaError, textOf } from '../../../core/errors/alga-error.js';
import { isFile } from '../../../project/files.js';

/** The installed tools, as far as components depend on them. */
export interface ComponentTools {
  /** Folder of the componentizer's package. */
  readonly componentizer: string;
  readonly componentizerVersion: string;
  /** Versions of the tools that put a component around the engine. */
  readonly transpilerVersion: string;
  /** Absolute path of the engine's wasm file. */
  readonly engine: string;
  /** SHA-256 of the engine in hex. */
  readonly engineHash: string;
}

const packageSchema = z.object({ version: z.string() });

/** Finds the tools that are installed. Throws COMPONENT_TOOLS_MISSING. */
export async function findComponentTools(): Promise<ComponentTools> {
  try {
    const componentizer = await packageFolder('@bytecodealliance/componentize-js', import.meta.url);
    const manifest = join(componentizer, 'package.json');
    const engine = join(componentizer, 'lib', 'starlingmonkey_embedding.wasm');
    const jco = await packageFolder('@bytecodealliance/jco', manifest);
    const transpiler = await packageFolder('@bytecodealliance/jco-transpile', join(jco, 'package.json'));
    const [componentizerVersion, engineBytes, ...versions] = await Promise.all([
      versionOf(componentizer),
      readFile(engine),
      versionOf(jco),
      versionOf(transpiler),
    ]);
    const transpilerVersion = versions.join(' ');
    const engineHash = createHash('sha256').update(engineBytes).digest('hex');
    return { componentizer, componentizerVersion, transpilerVersion, engine, engineHash };
  } catch (error) {
    throw algaError('COMPONENT_TOOLS_MISSING', { detail: textOf(error) }, { cause: error });
  }
}

/**
 * Folder of an installed package as seen from a module. Found by walking the folders and not by resolving,
 * since the packages' export lists hide the files we need.
 */
export async function packageFolder(name: string, from: string): Promise<string> {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    if (await isFile(join(candidate, 'package.json'))) return candidate;
  }
  throw new Error(`cannot find the package ${name}`);
}

async function versionOf(folder: string): Promise<string> {
  return packageSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).version;
}
