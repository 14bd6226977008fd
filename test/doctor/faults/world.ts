import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client as S3 } from 'minio';
import { vi } from 'vitest';
import type { ReadyEvent } from '../../../src/dev/events.js';
import { runnerEnvironment } from '../../../src/doctor/sources/runner-process.js';
import { type RunnerHandle, type RunnerOptions, startRunner } from '../../../src/stack/index.js';
import { type Backend, openBackend } from '../../support/backend.js';
import { type ScratchProject, scratchProject } from '../../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../../support/session.js';
import { cleanEnv } from '../support.js';

/** A running session of a template, and everything a fault is caused with behind its back. */
export interface World {
  readonly project: ScratchProject;
  readonly session: RunningSession;
  readonly env: NodeJS.ProcessEnv;
  readonly backend: Backend;
  readonly ready: ReadyEvent;
  readonly s3: S3;
  readonly bucket: string;
  /** Key of the active bundle, and its bytes. */
  readonly key: string;
  readonly bytes: Buffer;
  keyOf(hash: string, tenant?: string): string;
  put(content: Buffer, at?: string): Promise<unknown>;
  /** Changes what the session says of itself; gives what takes that back. */
  announce(facts: object): Promise<() => Promise<void>>;
  /** A second real runner with the session's settings but for some, in the place of the session's. */
  runner(wrong: Partial<RunnerOptions>): Promise<{
    runner: RunnerHandle;
    cacheRoot: string;
    undo: () => Promise<void>;
  }>;
  close(): Promise<void>;
}

/** Starts the session and waits until its first version is published and announced. */
export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const home = await temporaryHome();
  const project = await scratchProject('full', 'doctor');
  const env = { ...cleanEnv(home.home), ...settings };
  const session = startSession([project.root], { home: home.home, env: settings });
  const ready = await session.next('ready');
  await session.next('live', (event) => event.lane === 'published');
  const backend = await openBackend(home.home);
  const { store } = backend.stack;
  const { bucket } = store;
  const address = new URL(store.endpoint);
  const s3 = new S3({ ...store, endPoint: address.hostname, port: Number(address.port), useSSL: false });
  const file = join(project.root, '.alga', 'session.json');
  // The session announces itself right after its first publish.
  await vi.waitUntil(() => readFile(file, 'utf8').catch(() => undefined), { timeout: 30_000 });
  const announced = await readFile(file, 'utf8');
  const keyOf = (hash: string, tenant: string = ready.tenantId): string =>
    `tenants/${tenant}/extensions/${ready.registryId}/sha256/${hash.slice(7)}/bundle.tar.zst`;
  const key = keyOf(ready.contentHash);
  const chunks: Buffer[] = [];
  for await (const chunk of await s3.getObject(bucket, key)) chunks.push(chunk as Buffer);
  const announce: World['announce'] = async (facts) => {
    await writeFile(file, JSON.stringify({ ...JSON.parse(announced), ...facts }));
    return () => writeFile(file, announced);
  };
  const given = await runnerEnvironment(ready.urls.runner);
  let runners = 0;
  const runner: World['runner'] = async (wrong) => {
    runners += 1;
    const cacheRoot = join(home.home, `runner-cache-${runners}`);
    await mkdir(cacheRoot);
    const started = await startRunner({
      registryBaseUrl: given.get('REGISTRY_BASE_URL') ?? '',
      storageApiBaseUrl: given.get('STORAGE_API_BASE_URL') ?? '',
      authKey: given.get('ALGA_AUTH_KEY') ?? '',
      serviceToken: given.get('RUNNER_SERVICE_TOKEN') ?? '',
      ...{ store, cacheRoot, preferredPort: 0, ...wrong },
    });
    const restore = await announce({ runnerUrl: started.url });
    const undo = () => Promise.all([restore(), started.stop()]).then(() => undefined);
    return { runner: started, cacheRoot, undo };
  };
  return {
    ...{ project, session, env, backend, ready, s3, bucket, key, keyOf, announce, runner },
    bytes: Buffer.concat(chunks),
    put: (content, at = key) => s3.putObject(bucket, at, content, content.length),
    close: async () => {
      await backend.close();
      await session.leave();
      await project.remove();
      await home.remove();
    },
  };
}
