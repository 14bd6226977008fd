import { serveQuestions } from '../child/question-server.js';
import type { NativeCompiler } from './native/native-compiler.js';
import { loadClassic, ownTypeScript } from './own-compiler.js';
import { type CheckedProject, isModule, type TypeQuestion, typeQuestionSchema } from './type-question.js';

interface Known {
  readonly classicPath: string | undefined;
  readonly project: CheckedProject;
}

/** What this process keeps between two questions. */
class TypeChecks {
  readonly #known = new Map<string, Known>();
  #native: NativeCompiler | undefined;

  /** A project goes on with the compiler it began with until its settings or dependencies change. */
  async projectOf(question: TypeQuestion): Promise<CheckedProject> {
    const { projectRoot, changed } = question;
    const before = this.#known.get(projectRoot);
    if (before && changed?.every(isModule)) return before.project;
    const own = ownTypeScript(projectRoot);
    const classicPath = own?.classicPath;
    if (before && before.classicPath === classicPath) return before.project;
    const project =
      (await classicProject(question, classicPath)) ??
      (await this.#nativeProject(question, own !== undefined));
    this.#known.set(projectRoot, { classicPath, project });
    return project;
  }

  async #nativeProject(question: TypeQuestion, hasOwn: boolean): Promise<CheckedProject> {
    const [{ NativeCompiler }, { NativeProject }, { unavailableProject }] = await Promise.all([
      import('./native/native-compiler.js'),
      import('./native/native-project.js'),
      import('./native/unavailable-project.js'),
    ]);
    try {
      this.#native ??= new NativeCompiler();
    } catch (error) {
      return unavailableProject(error);
    }
    return new NativeProject({ ...question, hasOwn }, this.#native);
  }
}

async function classicProject(
  question: TypeQuestion,
  path: string | undefined,
): Promise<CheckedProject | undefined> {
  const ts = path === undefined ? undefined : await loadClassic(path);
  if (!ts) return undefined;
  const { ClassicProject } = await import('./classic/classic-project.js');
  return new ClassicProject({ ...question, ts });
}

const checks = new TypeChecks();
serveQuestions(async (raw, signal) => {
  const question = typeQuestionSchema.parse(raw);
  const project = await checks.projectOf(question);
  return { faults: await project.check(question.changed, signal) };
});
