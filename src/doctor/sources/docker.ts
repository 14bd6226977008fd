import { execFile } from 'node:child_process';
import { z } from 'zod';
import { Unseen } from '../unseen.js';

const LIMIT_MS = 2_500;
const MAX_OUTPUT_BYTES = 1_048_576;

const containerSchema = z.object({
  Name: z.string(),
  Created: z.string(),
  Image: z.string(),
  RestartCount: z.number().default(0),
  Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
  State: z.object({
    /** `running` or what it does instead; a container that starts again and again counts as running, too. */
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.number(),
    StartedAt: z.string(),
    Error: z.string().default(''),
    OOMKilled: z.boolean().default(false),
    /** What its own health check says, if it has one. */
    Health: z.object({ Status: z.string() }).nullish(),
  }),
});

/** A runner's container, as Docker tells of it. */
export type Container = z.infer<typeof containerSchema>;

/** What the product's compose file calls the container, whatever the name of the app. */
const NAME = 'extension_runner';

/**
 * The containers of extension runners on this machine, running or not. Throws `Unseen` (idle) when Docker
 * is not installed or its service does not answer: nothing of alga needs it.
 */
export async function runnerContainers(env: NodeJS.ProcessEnv): Promise<readonly Container[]> {
  const ids = await docker(env, ['ps', '--all', '--quiet', '--no-trunc', '--filter', `name=${NAME}`]);
  const list = ids.split('\n').filter((id) => /^[0-9a-f]{12,64}$/.test(id));
  if (list.length === 0) return [];
  const text = await docker(env, ['inspect', '--type', 'container', ...list]);
  return z.array(containerSchema).parse(JSON.parse(text));
}

/** The last lines a container has written. */
export async function containerWords(env: NodeJS.ProcessEnv, { Name }: Container): Promise<string> {
  const lines = await docker(env, ['logs', '--tail', '5', Name], 'both').catch(() => '');
  return lines.trim().split('\n').at(-1)?.trim() ?? '';
}

/** When an image was made; undefined when it is gone. */
export async function imageMade(env: NodeJS.ProcessEnv, image: string): Promise<Date | undefined> {
  const format = '{{json .Created}}';
  const text = await docker(env, ['image', 'inspect', '--format', format, image]).catch(() => '');
  const made = new Date(text.trim().replaceAll('"', ''));
  return Number.isNaN(made.getTime()) ? undefined : made;
}

function docker(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  streams: 'out' | 'both' = 'out',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, timeout: LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile('docker', [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(streams === 'out' ? stdout : `${stdout}\n${stderr}`);
      const absent = 'code' in error && error.code === 'ENOENT';
      reject(new Unseen('docker', 'idle', absent ? 'docker is not installed' : 'docker does not answer'));
    });
  });
}
