import { spawn } from 'node:child_process';
import { chown, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { algaError } from '../../../core/errors/alga-error.js';
import { DATABASE_NAME, DATABASE_USER } from './address.js';
import { giveTo, type Launch } from './launch.js';

export interface ClusterWish {
  readonly launch: Launch;
  /** Where the data folder may lie from earlier launches; it then follows to the present one's home. */
  readonly formerHomes: readonly string[];
  readonly password: string;
  readonly log: (line: string) => void;
  readonly logFile: string;
  readonly onProgress: (text: string) => void;
}

/** Major version that made the data folder, or undefined when there is none yet. */
export async function clusterMajor(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/**
 * Gives the data folder, made first if need be: the cluster with its one user's password and the
 * product's database. It is made beside its place and moved there at the end, so a folder that
 * exists is complete. Throws STACK_DATABASE_FAILED.
 */
export async function ensureCluster(wish: ClusterWish): Promise<string> {
  const { launch } = wish;
  const dataDir = join(launch.home, 'data');
  await mkdir(launch.home, { recursive: true, mode: 0o711 });
  for (const former of wish.formerHomes) await followHome(join(former, 'data'), dataDir);
  if ((await clusterMajor(dataDir)) === undefined) await makeCluster(wish, dataDir);
  if (launch.owner !== undefined) await giveTo(launch.owner, dataDir);
  return dataDir;
}

/** Data made where the server could run then moves to where it can run now. */
async function followHome(former: string, dataDir: string): Promise<void> {
  if (former === dataDir || (await clusterMajor(dataDir)) !== undefined) return;
  if ((await clusterMajor(former)) === undefined) return;
  const arriving = `${dataDir}.arriving`;
  await rm(arriving, { recursive: true, force: true });
  await cp(former, arriving, { recursive: true });
  await rename(arriving, dataDir);
  await rm(former, { recursive: true, force: true });
}

async function makeCluster(wish: ClusterWish, dataDir: string): Promise<void> {
  wish.onProgress('creating the database (first start)');
  const making = `${dataDir}.new`;
  const passwordFile = join(wish.launch.home, 'password.new');
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { mode: 0o700 });
  await writeFile(passwordFile, wish.password, { mode: 0o600 });
  try {
    await own(wish.launch, making, passwordFile);
    await initialise(wish, making, passwordFile);
    await createDatabase(wish, making);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(making, dataDir);
}

async function own(launch: Launch, ...paths: string[]): Promise<void> {
  const { owner } = launch;
  if (owner === undefined) return;
  await Promise.all(paths.map((path) => chown(path, owner.uid, owner.gid)));
}

function initialise(wish: ClusterWish, dataDir: string, passwordFile: string): Promise<void> {
  return run(wish, 'initdb', [
    `--pgdata=${dataDir}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
    '--no-instructions',
    // Small log segments: a development database needs no 16 MB ones.
    '--wal-segsize=4',
  ]);
}

/** The stand-alone server needs neither port nor password and ends by itself. */
function createDatabase(wish: ClusterWish, dataDir: string): Promise<void> {
  const statement = `CREATE DATABASE ${DATABASE_NAME};\n`;
  return run(wish, 'postgres', ['--single', '-F', '-D', dataDir, 'postgres'], statement);
}

async function run(
  wish: ClusterWish,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<void> {
  const { file, args: all, options } = wish.launch.command(program, args);
  const child = spawn(file, [...all], { ...options, cwd: '/', windowsHide: true });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const lines = output
    .join('')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) wish.log(line);
  const fault = lines.find((line) => /\b(FATAL|ERROR|PANIC|error):/.test(line));
  if (code === 0 && fault === undefined) return;
  const detail = fault ?? lines.at(-1) ?? `${program} ended with code ${code}`;
  throw algaError('STACK_DATABASE_FAILED', { step: 'create its data', detail, log: wish.logFile });
}
