import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { projectStateDir } from '../../core/paths.js';
import { isRunning } from '../../core/process.js';

const lockSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

const sessionSchema = z.object({
  pid: z.number().int(),
  origin: z.url(),
  runnerUrl: z.url(),
  tenantId: z.string(),
  extensions: z.array(z.object({ extension: z.string(), registryId: z.string() })),
});

const stateSchema = z.object({ tenantId: z.string().optional() });

/** A running `alga dev`, as it announces itself. */
export type AnnouncedSession = z.infer<typeof sessionSchema>;

/** What a project's state folder says of its sessions. */
export interface SessionFiles {
  /** `none`: no session; `starting`: no first publish yet; `dead`: files of a session that is gone. */
  readonly state: 'none' | 'starting' | 'running' | 'dead';
  readonly session: AnnouncedSession | undefined;
  /** Tenant of the last session. */
  readonly rememberedTenant: string | undefined;
  /** Files of a dead session, with their text. */
  readonly leftovers: readonly { readonly path: string; readonly text: string }[];
}

/** Reads a project's session files; damaged ones count as left over by a dead session. */
export async function readSessionFiles(projectRoot: string): Promise<SessionFiles> {
  const folder = projectStateDir(projectRoot);
  const [lockFile, sessionFile, stateFile] = await Promise.all(
    ['session.lock', 'session.json', 'state.json'].map((name) => readIfThere(join(folder, name))),
  );
  const lock = parsed(lockSchema, lockFile?.text);
  const alive = lock !== undefined && (await isRunning(lock));
  const session = alive ? parsed(sessionSchema, sessionFile?.text) : undefined;
  const leftovers = alive ? [] : [lockFile, sessionFile].filter((file) => file !== undefined);
  return {
    state: alive ? (session ? 'running' : 'starting') : leftovers.length > 0 ? 'dead' : 'none',
    session,
    rememberedTenant: parsed(stateSchema, stateFile?.text)?.tenantId,
    leftovers,
  };
}

async function readIfThere(path: string): Promise<{ path: string; text: string } | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { path, text };
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
