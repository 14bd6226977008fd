import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { entryPath } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';
import type { Service } from '../../core/service.js';
import { shownPath } from '../../project/files.js';
import type { Diagnostic } from '../../project/types.js';
import { ProgramLost, WarmProgram } from '../child/warm-program.js';
import { sourceText } from '../source-text.js';
import { uiError } from './failure.js';
import { hashUiInputs } from './inputs.js';
import { hasKeptBuild, keepBuild, keptBuild } from './kept-build.js';
import { runOwnBuild } from './own-build.js';
import type { UiBuildInput } from './ui-build-input.js';
import { copyUi, filesBelow, inspectUi, replaceFolder } from './ui-folder.js';
import { type BuildReply, buildReplySchema, placeOf } from './ui-question.js';

export interface UiArtifact {
  readonly outDir: string;
  /** Absolute paths of the files the output was made from. */
  readonly inputs: readonly string[];
  /** Hash over the inputs, as `hashUiInputs` computes it: equal means that another build is needless. */
  readonly inputsHash: string;
  readonly warnings: readonly Diagnostic[];
  readonly ms: number;
}

export interface UiBuilder extends Service {
  /**
   * Makes the UI's folder for the bundle. Builds are done one after the other. Throws a coded `UI_...` error,
   * or the signal's reason when aborted; then `outDir` is as it was.
   */
  build(input: UiBuildInput, signal: AbortSignal): Promise<UiArtifact>;
}

export interface UiBuilderOptions {
  /**
   * Folders that earlier builders may have built into: what lies there is taken when a new build would give the
   * same. When all of them hold something, Vite's process is started behind the first build instead of before it.
   */
  readonly reuse?: readonly string[];
}

/** Vite's process takes a second of a processor to start, which a session that starts has better use for. */
const WARM_UP_AFTER_MS = 2_000;

/** Makes the builder of UIs: Vite in a warm process that is killed and replaced when a build is given up. */
export function createUiBuilder({ reuse = [] }: UiBuilderOptions = {}): UiBuilder {
  const reusable = new Set(reuse.filter(hasKeptBuild));
  const late = reuse.length > 0 && reusable.size === reuse.length;
  let warmUp: NodeJS.Timeout | undefined;
  const program = new WarmProgram<BuildReply>({
    program: entryPath(import.meta.url, './vite-build.js'),
    cwd: process.cwd(),
    env: { NODE_ENV: 'production' },
    reply: buildReplySchema,
    onAbort: 'replace',
  });
  return {
    start: () => program.start({ warm: !late }),
    stop: () => {
      clearTimeout(warmUp);
      return program.stop();
    },
    build: async (input, signal) => {
      const started = performance.now();
      const began = Date.now();
      // Only what an earlier builder left: a session looks at each folder once, and knows of every change after that.
      const kept = reusable.delete(input.outDir) ? await keptBuild(input) : undefined;
      if (kept) {
        // Who is leaving must not find a process that was started behind their back.
        signal.throwIfAborted();
        warmUp = setTimeout(() => void program.start(), WARM_UP_AFTER_MS).unref();
        return await artifactOf(
          input,
          { inputs: kept, warnings: await warningsOf(input, input.outDir) },
          started,
        );
      }
      const work = `${input.outDir}.${randomUUID().slice(0, 8)}`;
      try {
        const made = await make(input, work, program, signal);
        if (!existsSync(join(work, 'index.html'))) throw pageMissing(input);
        await replaceFolder(work, input.outDir);
        if (reuse.includes(input.outDir) && input.ui.kind === 'vite')
          await keepBuild(input, made.inputs, began);
        return await artifactOf(input, made, started);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
  };
}

interface Made {
  readonly inputs: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

async function artifactOf(input: UiBuildInput, made: Made, started: number): Promise<UiArtifact> {
  const inputsHash = await hashUiInputs(input.projectRoot, made.inputs);
  return { outDir: input.outDir, ...made, inputsHash, ms: performance.now() - started };
}

async function warningsOf({ ui }: UiBuildInput, dir: string): Promise<Diagnostic[]> {
  return await inspectUi(dir, sourceText(join(ui.root, 'index.html')) ?? '');
}

async function make(
  input: UiBuildInput,
  work: string,
  program: WarmProgram<BuildReply>,
  signal: AbortSignal,
): Promise<Made> {
  const { ui } = input;
  signal.throwIfAborted();
  if (ui.build !== undefined && ui.kind === 'prebuilt') await runOwnBuild(ui.build, signal);
  if (!existsSync(join(ui.root, 'index.html'))) throw pageMissing(input);
  if (ui.kind === 'vite') return await makeWithVite(input, work, program, signal);
  const copied = await copyUi(ui.root, work);
  signal.throwIfAborted();
  if (ui.build === undefined) return copied;
  return { inputs: await filesOf(ui.build.inputs), warnings: copied.warnings };
}

async function makeWithVite(
  input: UiBuildInput,
  work: string,
  program: WarmProgram<BuildReply>,
  signal: AbortSignal,
): Promise<Made> {
  const { projectRoot, ui } = input;
  const place = placeOf(projectRoot, ui);
  const reply = await program.ask({ place, outDir: work }, signal).catch((error: unknown) => {
    if (error instanceof ProgramLost) throw algaError('UI_PROCESS_LOST', { detail: error.message });
    throw error;
  });
  if (!reply.ok) throw uiError(reply.failure, projectRoot, sourceText);
  return { inputs: reply.inputs, warnings: await warningsOf(input, work) };
}

function pageMissing({ projectRoot, ui }: UiBuildInput): Error {
  return algaError('UI_PAGE_MISSING', { file: shownPath(projectRoot, join(ui.root, 'index.html')) });
}

/** The files among inputs that may be folders. */
async function filesOf(inputs: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const input of inputs) {
    const below = await filesBelow(input).catch(() => undefined);
    if (below === undefined) files.push(input);
    else files.push(...below.map((path) => join(input, path)));
  }
  return files;
}
