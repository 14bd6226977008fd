import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type TypeScript from 'typescript';
import { serveQuestions } from '../child/question-server.js';
import { type CheckContext, CheckedConfig } from './checked-config.js';
import { type TypeFault, type TypeQuestion, type TypeReply, typeQuestionSchema } from './type-question.js';

type Compiler = Pick<CheckContext, 'ts' | 'isOwn'>;

/** A reference tree deeper than this is a loop. */
const MAX_DEPTH = 5;

/** What this process keeps between two questions. */
class TypeChecks {
  readonly #configs = new Map<string, CheckedConfig>();
  readonly #compilers = new Map<string, Promise<Compiler>>();

  async answer(question: TypeQuestion, signal: AbortSignal): Promise<TypeReply> {
    const { projectRoot } = question;
    const compiler = this.#compilers.get(projectRoot) ?? compilerOf(projectRoot);
    this.#compilers.set(projectRoot, compiler);
    const context = { ...question, ...(await compiler) };
    const faults: TypeFault[] = [];
    for (const [path, parsed] of parsedConfigs(context, join(projectRoot, 'tsconfig.json'))) {
      const config = this.#configs.get(path) ?? new CheckedConfig(path, context);
      this.#configs.set(path, config);
      faults.push(...(await config.check(parsed, signal)));
      // Nobody waits for this answer any more; what was found so far is kept for the next question.
      if (signal.aborted) break;
    }
    return { faults };
  }
}

/** A configuration without files of its own stands for those it refers to. */
function parsedConfigs(
  context: CheckContext,
  path: string,
  depth = 0,
): Array<[string, TypeScript.ParsedCommandLine]> {
  const { ts } = context;
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const parsed = ts.getParsedCommandLineOfConfigFile(path, undefined, host);
  if (parsed === undefined) return [];
  const references = parsed.projectReferences ?? [];
  if (parsed.fileNames.length > 0 || references.length === 0 || depth >= MAX_DEPTH) return [[path, parsed]];
  return references.flatMap((reference) => {
    const target = resolve(dirname(path), reference.path);
    const file = target.endsWith('.json') ? target : join(target, 'tsconfig.json');
    return parsedConfigs(context, file, depth + 1);
  });
}

/** The project's own TypeScript, or ours when it has none with a compiler that can be called. */
async function compilerOf(projectRoot: string): Promise<Compiler> {
  try {
    const path = createRequire(join(projectRoot, 'package.json')).resolve('typescript');
    const loaded = (await import(pathToFileURL(path).href)) as { default?: Partial<typeof TypeScript> };
    const own = loaded.default;
    if (typeof own?.createSemanticDiagnosticsBuilderProgram === 'function') {
      return { ts: own as typeof TypeScript, isOwn: true };
    }
  } catch {
    // Not installed: ours does.
  }
  const { default: ts } = await import('typescript');
  return { ts, isOwn: false };
}

const checks = new TypeChecks();
serveQuestions((question, signal) => checks.answer(typeQuestionSchema.parse(question), signal));
