import { mendFindings } from '../../src/cli/doctor-mend.js';
import { examine, examineView, type Report, View } from '../../src/doctor/index.js';
import { sessionEnvironment } from '../support/session.js';

/** The environment of a test: its own stack, with the object store that its sessions have; no proxy of the machine. */
export function cleanEnv(home: string): NodeJS.ProcessEnv {
  const noise = /^(?:https?|all|no)_proxy$|^ALGA_/i;
  const own = Object.entries(process.env).filter(([name]) => !noise.test(name));
  const { ALGA_OBJECT_STORE } = sessionEnvironment(home);
  return { ...Object.fromEntries(own), ALGA_HOME: home, ALGA_OBJECT_STORE };
}

/** Ids of what is found, and of what could not be looked at. */
export async function found(projectRoot: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  return idsOf(await examine({ projectRoot, env }));
}

/** Ids of what a report found, and what it could not look at. */
export function idsOf(report: Report): string[] {
  return [
    ...report.findings.map(({ check }) => check),
    ...report.unknown.map(({ part, reason }) => `unknown ${part}: ${reason}`),
  ];
}

interface Mending {
  /** Ids of what was found before anything was mended. */
  readonly seen: readonly string[];
  /** Ids of what was mended, one after the other. */
  readonly mended: readonly string[];
  /** Ids of what is found afterwards. */
  readonly left: readonly string[];
}

/** Looks, and mends as `--fix --yes` does until nothing more is mended. */
export async function lookAndMend(projectRoot: string, env: NodeJS.ProcessEnv): Promise<Mending> {
  const seen: string[][] = [];
  const mended: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const view = new View({ projectRoot, env, start: false });
    try {
      const report = await examineView(view, { projectRoot, env });
      seen.push(idsOf(report));
      const notes = await mendFindings(view, report.findings, { dryRun: false, yes: true, json: true });
      const failed = notes.find(({ state }) => state !== 'mended');
      if (failed !== undefined) throw new Error(JSON.stringify(failed));
      if (notes.length === 0) break;
      mended.push(...notes.map(({ check }) => check));
    } finally {
      await view.close();
    }
  }
  return { seen: seen[0] ?? [], mended, left: seen.at(-1) ?? [] };
}

/** {@link lookAndMend} where only the ids of what was mended matter. */
export const mendAll = (projectRoot: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> =>
  lookAndMend(projectRoot, env).then(({ mended }) => mended);
