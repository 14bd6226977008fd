import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { entryPath, packageRoot } from '../../core/entry.js';
import { type AlgaError, algaError } from '../../core/errors/alga-error.js';
import type { Service } from '../../core/service.js';
import { ProgramLost, WarmProgram } from '../child/warm-program.js';
import { type TypeFault, type TypeReply, typeReplySchema } from './type-question.js';

export interface TypeCheck {
  /** In the order of TypeScript's own report; at most some dozens. */
  readonly errors: readonly AlgaError[];
  /** False when the project has no tsconfig.json: then nothing was looked at. */
  readonly checked: boolean;
  readonly ms: number;
}

export interface TypeCheckInput {
  readonly projectRoot: string;
  /**
   * Files saved, added or removed since the last check that ended, relative to the project: only what they
   * can touch is checked again. Without it everything is.
   */
  readonly changed?: readonly string[];
}

export interface TypeChecker extends Service {
  /**
   * Checks the project's types as its tsconfig.json says, and gives all that is wrong, whatever was checked
   * again: with the project's own TypeScript when its compiler is a library, with the native one otherwise.
   * Throws the signal's reason when aborted.
   */
  check(input: TypeCheckInput, signal: AbortSignal): Promise<TypeCheck>;
}

/** Declarations of the host's modules: the very file that every template with a handler ships. */
const AMBIENT_FILE = 'templates/full/src/alga-extension.d.ts';

/** Makes the checker: TypeScript in a process of its own that keeps the project's program between checks. */
export function createTypeChecker(): TypeChecker {
  const program = new WarmProgram<TypeReply>({
    program: entryPath(import.meta.url, './type-check.js'),
    cwd: process.cwd(),
    reply: typeReplySchema,
    onAbort: 'cancel',
  });
  return {
    // Started by the first project that has types to check: most of its start is that project's.
    start: () => program.start({ warm: false }),
    stop: () => program.stop(),
    check: async ({ projectRoot, changed }, signal) => {
      const started = performance.now();
      signal.throwIfAborted();
      if (!existsSync(join(projectRoot, 'tsconfig.json'))) {
        return { errors: [], checked: false, ms: performance.now() - started };
      }
      const ambient = await readFile(join(packageRoot(), AMBIENT_FILE), 'utf8');
      const reply = await program
        .ask(changed ? { projectRoot, ambient, changed: [...changed] } : { projectRoot, ambient }, signal)
        .catch((error: unknown) => {
          if (error instanceof ProgramLost) throw algaError('TYPES_PROCESS_LOST', { detail: error.message });
          throw error;
        });
      return { errors: reply.faults.map(errorOf), checked: true, ms: performance.now() - started };
    },
  };
}

function errorOf({ kind, number, text, file, line, column, frame }: TypeFault): AlgaError {
  if (kind === 'unavailable') return algaError('TYPES_UNAVAILABLE', { detail: text });
  const place =
    file === undefined || line === undefined || column === undefined ? undefined : { file, line, column };
  const location =
    place === undefined ? {} : { location: { ...place, ...(frame === undefined ? {} : { frame }) } };
  return kind === 'config'
    ? algaError('TYPES_CONFIG_INVALID', { file: file ?? 'tsconfig.json', detail: text }, location)
    : algaError('TYPES_MISMATCH', { detail: text, number }, location);
}
