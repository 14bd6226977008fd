import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuildLane,
  createHandlerBuilder,
  type HandlerArtifact,
  type HandlerBuilder,
  type HandlerFeatures,
} from '../../../src/build/handler/index.js';
import { packageRoot } from '../../../src/core/entry.js';
import type { ComparisonCase } from './comparison-cases.js';
import type { Observation } from './component-runner.js';
import recorded from './official-observations.json' with { type: 'json' };
import { type HandlerProject, handlerProject } from './projects.js';

const CACHE = join(packageRoot(), 'node_modules', '.cache', 'alga-test');
const SEEN = join(CACHE, 'official-observations.json');
/** What to copy over the record when it is out of date. */
export const SEEN_NOW = join(CACHE, 'official-observations.now.json');
const never = new AbortController().signal;

/** What is seen of an official component, and the component itself when it had to be built. */
interface OfficialView {
  readonly seen: Observation;
  readonly component?: Uint8Array;
}

/**
 * Builds the cases of the comparison by each lane. Official builds take seconds each. What was seen of them is
 * recorded by the hash of their inputs; whatever has no record (another version of a tool, a new case) is built
 * now, and so are the cases marked `live`.
 */
export class ComparedBuilds {
  /** Names of the cases whose official component is not in the record that is kept with the tests. */
  readonly unrecorded: string[] = [];
  readonly #observations: Map<string, Observation>;
  readonly #now: Record<string, Observation> = {};
  readonly #builders = new Map<BuildLane, HandlerBuilder>();
  readonly #project: HandlerProject;

  private constructor(project: HandlerProject, observations: Map<string, Observation>) {
    this.#project = project;
    this.#observations = observations;
  }

  static async open(): Promise<ComparedBuilds> {
    const earlier = await readFile(SEEN, 'utf8').catch(() => '{}');
    const seen = { ...(recorded as unknown as Record<string, Observation>), ...JSON.parse(earlier) };
    return new ComparedBuilds(await handlerProject('', 'src/handler.js'), new Map(Object.entries(seen)));
  }

  /** The component of a case, made by the given lane and by no other. */
  build(lane: BuildLane, { source, features }: ComparisonCase): Promise<HandlerArtifact> {
    return this.buildSources(lane, { 'src/handler.js': source }, features);
  }

  /** The component of a handler of several files; `src/handler.js` is the entry. */
  async buildSources(
    lane: BuildLane,
    sources: Readonly<Record<string, string>>,
    features?: HandlerFeatures,
  ): Promise<HandlerArtifact> {
    let builder = this.#builders.get(lane);
    if (builder === undefined) {
      builder = createHandlerBuilder({ cacheDir: join(CACHE, 'builder'), lanes: [lane] });
      this.#builders.set(lane, builder);
    }
    for (const [name, text] of Object.entries(sources)) await this.#project.write(name, text);
    const artifact = await builder.build(this.#project.input(features), never);
    if (artifact.lane !== lane) throw new Error(`built by ${artifact.lane} instead of ${lane}`);
    return artifact;
  }

  /** What is seen of the official component of a case with these inputs; `look` runs one that is built now. */
  async official(
    subject: ComparisonCase,
    inputsHash: string,
    look: (component: Uint8Array) => Promise<Observation>,
  ): Promise<OfficialView> {
    if (!(inputsHash in recorded)) this.unrecorded.push(subject.name);
    const known = this.#observations.get(inputsHash);
    if (known && !subject.live) {
      this.#now[inputsHash] = known;
      return { seen: known };
    }
    const { component } = await this.build('official', subject);
    const seen = await look(component);
    this.#observations.set(inputsHash, seen);
    this.#now[inputsHash] = seen;
    return { seen, component };
  }

  /** Keeps what was seen for the next run; ends the builders. */
  async close(): Promise<void> {
    await keep(SEEN, Object.fromEntries(this.#observations));
    if (this.unrecorded.length > 0) await keep(SEEN_NOW, this.#now);
    await Promise.all([...this.#builders.values()].map((builder) => builder.stop()));
    await this.#project.remove();
  }
}

/** Writes observations as JSON, in one piece: another file of tests may do the same. */
async function keep(path: string, observations: Record<string, Observation>): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(observations, undefined, 2)}\n`);
  await rename(`${path}.${process.pid}`, path);
}

/** An observation without what differs between machines, and for cases that vary by nature between runs. */
export function comparable({ answers, calls, printed }: Observation, subject: ComparisonCase): Observation {
  const plain = (text: string): string => {
    // The official tools load their script from a temporary folder, whose name shows in stacks.
    const placed = text.replace(/@\/\S*\/initializer\.js/g, '@/initializer.js');
    return subject.varies ? formOf(placed) : placed;
  };
  return { answers: answers.map(plain), calls, printed: plain(printed) };
}

/** Each engine has words of its own for a trap. */
export function trapOnly(answer: string): string {
  return answer.startsWith('trap:') ? 'trap' : answer;
}

/** Digits and letters of numbers and ids replaced, so that only the form of an answer is left. */
function formOf(answer: string): string {
  return answer
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/\d+/g, '0')
    .replace(/0\.0(?:e-0)?/g, '0.0');
}
