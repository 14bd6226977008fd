import { join } from 'node:path';
import type TypeScript from 'typescript-classic';
import { MAX_REFERENCES, referencedConfig } from '../config-reference.js';
import type { CheckedProject, TypeFault } from '../type-question.js';
import { type CheckContext, CheckedConfig } from './checked-config.js';

/** A project that brings a TypeScript of its own whose compiler is a library (up to version 6). */
export class ClassicProject implements CheckedProject {
  readonly #context: CheckContext;
  readonly #configs = new Map<string, CheckedConfig>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** What has changed is seen by the times of the files. Stops between two files when aborted. */
  async check(_changed: readonly string[] | undefined, signal: AbortSignal): Promise<TypeFault[]> {
    const faults: TypeFault[] = [];
    for (const [path, parsed] of parsedConfigs(
      this.#context.ts,
      join(this.#context.projectRoot, 'tsconfig.json'),
    )) {
      const config = this.#configs.get(path) ?? new CheckedConfig(path, this.#context);
      this.#configs.set(path, config);
      faults.push(...(await config.check(parsed, signal)));
      // Nobody waits for this answer any more; what was found so far is kept for the next question.
      if (signal.aborted) break;
    }
    return faults;
  }
}

/** A configuration without files of its own stands for those it refers to. */
function parsedConfigs(
  ts: typeof TypeScript,
  path: string,
  depth = 0,
): Array<[string, TypeScript.ParsedCommandLine]> {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const parsed = ts.getParsedCommandLineOfConfigFile(path, undefined, host);
  if (parsed === undefined) return [];
  const references = parsed.projectReferences ?? [];
  if (parsed.fileNames.length > 0 || references.length === 0 || depth >= MAX_REFERENCES)
    return [[path, parsed]];
  return references.flatMap((reference) =>
    parsedConfigs(ts, referencedConfig(path, reference.path), depth + 1),
  );
}
