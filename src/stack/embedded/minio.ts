import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { algaError, textOf } from '../../core/errors/alga-error.js';
import { LocalHttp, readText } from '../../core/local-http.js';
import { choosePort } from '../../core/ports.js';
import { describeExit, type OwnedChild, ownChild, type StopStep, within } from '../../core/process.js';
import { signedHeaders } from './object-store/signature/sign.js';
import { PortInUse, type ServiceProcess, startOnPort } from './service-process.js';
import { STORE_BUCKET, STORE_REGION, type StoreOptions } from './store-options.js';

export interface MinioOptions extends StoreOptions {
  readonly program: string;
  /** Ports to try for its web console. */
  readonly consolePorts: readonly number[];
  /** A folder of its own for certificates: with those of the user it would speak TLS. */
  readonly certificatesDir: string;
}

/** A running MinIO server. */
export interface Minio extends ServiceProcess {
  readonly consolePort: number;
}

const START_LIMIT_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** How soon a server that found its port taken has ended and said so. */
const LAST_WORDS_MS = 1_000;

const minioStop: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/** Path of a `minio` server program on PATH, if there is one. */
export async function findMinio(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const name = platform() === 'win32' ? 'minio.exe' : 'minio';
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isFile && runs) return path;
  }
  return undefined;
}

/** Starts a MinIO server on loopback and makes its bucket. Throws STACK_STORE_FAILED. */
export async function startMinio(options: MinioOptions): Promise<Minio> {
  options.onProgress('starting MinIO');
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  return startOnPort(options.ports, (port) => startOnce(options, port)).catch((error: unknown) => {
    if (!(error instanceof PortInUse)) throw error;
    throw algaError('STACK_STORE_FAILED', { detail: error.message, log: options.logFile }, { cause: error });
  });
}

async function startOnce(options: MinioOptions, port: number): Promise<Minio> {
  const consolePort = await choosePort({ preferred: options.consolePorts, taken: new Set([port]) });
  const address = ['--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`];
  const child = spawn(
    options.program,
    ['server', '--certs-dir', options.certificatesDir, ...address, options.dataDir],
    {
      cwd: '/',
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: options.env.PATH,
        HOME: options.env.HOME,
        SystemRoot: options.env.SystemRoot,
        MINIO_ROOT_USER: options.accessKey,
        MINIO_ROOT_PASSWORD: options.secretKey,
        MINIO_REGION: STORE_REGION,
        MINIO_UPDATE: 'off',
      },
    },
  );
  const output: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      options.log(line);
      if (output.length < 50) output.push(line);
    });
  }
  const owned = await ownChild(child, minioStop).catch((cause: unknown) => {
    throw algaError('STACK_STORE_FAILED', { detail: String(cause), log: options.logFile }, { cause });
  });
  options.onSpawn(owned.pid);
  const http = new LocalHttp();
  try {
    await readiness(http, owned, port, output, options.logFile);
    await makeBucket(http, options, port);
  } catch (error) {
    // Another program that was faster on the port answers in its place, and knows nothing of its secrets.
    await within(owned.exited, LAST_WORDS_MS);
    await owned.stop();
    throw sayPortInUse(output) ? new PortInUse(port) : error;
  } finally {
    http.close();
  }
  return { pid: owned.pid, port, consolePort, exited: owned.exited, stop: () => owned.stop() };
}

function sayPortInUse(output: readonly string[]): boolean {
  return output.some((line) => /address already in use|port is already/i.test(line));
}

/** MinIO announces nothing that could be waited for, so its health is asked for until it answers. */
async function readiness(
  http: LocalHttp,
  owned: OwnedChild,
  port: number,
  output: readonly string[],
  log: string,
): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  let health = 'no answer';
  while (Date.now() < deadline) {
    if (owned.hasExited()) {
      if (sayPortInUse(output)) throw new PortInUse(port);
      const fault = output.find((line) => /FATAL|ERROR/.test(line)) ?? describeExit(await owned.exited);
      throw algaError('STACK_STORE_FAILED', { detail: fault.trim(), log });
    }
    health = await healthOf(http, port);
    if (health === 'HTTP 200') return;
    await delay(25);
  }
  const detail = `not ready after ${START_LIMIT_MS / 1000} s (${health})`;
  throw algaError('STACK_STORE_FAILED', { detail, log });
}

/** Whoever listens on the port need not be MinIO, and need not answer at all. */
async function healthOf(http: LocalHttp, port: number): Promise<string> {
  const url = new URL(`http://127.0.0.1:${port}/minio/health/ready`);
  try {
    const response = await http.open(url, { method: 'GET', timeoutMs: 2_000 });
    response.resume();
    return `HTTP ${response.statusCode}`;
  } catch (error) {
    return textOf(error);
  }
}

/** A server that has just come up may still answer 503 for a while, whatever its health says. */
async function makeBucket(http: LocalHttp, options: MinioOptions, port: number): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const { status, text } = await putBucket(http, options, `127.0.0.1:${port}`);
    if (status === 200 || text.includes('BucketAlreadyOwnedByYou')) return;
    if (status !== 503 || Date.now() > deadline) {
      const detail = `the bucket ${STORE_BUCKET} could not be made (HTTP ${status})`;
      throw algaError('STACK_STORE_FAILED', { detail, log: options.logFile });
    }
    await delay(50);
  }
}

async function putBucket(
  http: LocalHttp,
  options: MinioOptions,
  host: string,
): Promise<{ status: number; text: string }> {
  const request = { method: 'PUT' as const, host, path: `/${STORE_BUCKET}`, region: STORE_REGION };
  const response = await http.open(new URL(`http://${host}${request.path}`), {
    method: request.method,
    headers: signedHeaders(request, options, new Date()),
    timeoutMs: 10_000,
  });
  return { status: response.statusCode ?? 0, text: await readText(response, MAX_ANSWER_BYTES) };
}
