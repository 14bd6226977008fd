import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { textOf } from '../../../core/errors/alga-error.js';
import { serveQuestions } from '../process/serve-questions.js';
import type { OfficialReply } from './official-reply.js';

/** The official tools in a process of their own: they are slow, large, and can only be stopped by killing. */

const questionSchema = z.object({
  source: z.string(),
  guestPath: z.string(),
  wit: z.string(),
  world: z.string(),
  disabledFeatures: z.array(z.enum(['stdio', 'random', 'clocks', 'http', 'fetch-event'])),
});

serveQuestions(async (question): Promise<OfficialReply> => {
  const asked = questionSchema.parse(question);
  const dir = await mkdtemp(join(tmpdir(), 'alga-official-'));
  const home = process.cwd();
  try {
    return { component: await componentizeIn(dir, asked) };
  } catch (error) {
    // Errors of the interface definition come as a payload, before anything is evaluated.
    const refusedWit = error instanceof Error && 'payload' in error;
    return { failure: textOf(error), refusedWit };
  } finally {
    process.chdir(home);
    await rm(dir, { recursive: true, force: true });
  }
});

/** The tools name the source relative to the working folder; that name shows in the guest's stacks. */
async function componentizeIn(dir: string, asked: z.infer<typeof questionSchema>): Promise<Uint8Array> {
  const { componentize } = await import('@bytecodealliance/componentize-js');
  const sourcePath = join(dir, asked.guestPath);
  await mkdir(dirname(sourcePath), { recursive: true });
  await writeFile(sourcePath, asked.source);
  process.chdir(dir);
  const options = {
    sourcePath,
    sourceName: asked.guestPath,
    witWorld: asked.wit,
    worldName: asked.world,
    disableFeatures: asked.disabledFeatures,
  };
  const { component } = await componentize(options);
  return component;
}
