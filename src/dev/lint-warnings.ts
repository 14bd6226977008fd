import { projectFindings } from '../project/inspect/index.js';
import type { Project } from '../project/types.js';
import type { Emit } from './event-stream.js';

/** What will misbehave in the sources of one extension, each told once for as long as it stays. */
export class LintWarnings {
  readonly #emit: Emit;
  readonly #extension: string;
  readonly #features: 'default' | 'parity';
  #told = new Set<string>();

  constructor(emit: Emit, extension: string, features: 'default' | 'parity') {
    this.#emit = emit;
    this.#extension = extension;
    this.#features = features;
  }

  /** Looks through the sources and tells what is new. Never rejects: a lint must not stop a session. */
  async tell(project: Project): Promise<void> {
    const findings = await projectFindings(project, { features: this.#features }).catch(() => []);
    const keys = new Set<string>();
    for (const finding of findings) {
      const key = JSON.stringify([finding.code, finding.file, finding.message]);
      keys.add(key);
      if (!this.#told.has(key)) this.#emit({ type: 'warning', extension: this.#extension, ...finding });
    }
    this.#told = keys;
  }
}
