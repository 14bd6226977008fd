import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { GuestRequest } from '../../runner/src/capabilities/guest-request.js';
import type { GuestHttp, WorkerAnswer } from '../../runner/src/engine/worker/protocol.js';
import { algaError } from '../core/errors/alga-error.js';
import { isGatewayMethod, matchEndpoint } from '../host/gateway/endpoint-match.js';
import { loadProject, resolveConfig } from '../project/index.js';
import type { Project } from '../project/types.js';
import type { CallOptions, LogLine, StartOptions, TestAnswer, TestExtension, TestUser } from './api.js';
import { bytesOf, headerMap, isJson } from './bytes.js';
import { builtComponent, componentFiles } from './component.js';
import { HandlerFailure } from './failure.js';
import { Guest } from './guest.js';
import { MemoryHost } from './host/memory-host.js';

/** What every install has without declaring it. */
const DEFAULT_GRANTS = ['cap:context.read', 'cap:log.emit', 'cap:user.read'];
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Builds the extension's handler and starts it between in-memory host services. Throws the coded
 * errors of the project and its build, and `TEST_NO_HANDLER`.
 */
export async function startExtension(options: StartOptions = {}): Promise<TestExtension> {
  const project = await loadProject(resolve(options.project ?? '.'));
  const flags = { parity: options.parity };
  const { features } = await resolveConfig({ projectRoot: project.root, flags });
  const built = await builtComponent(project, features);
  const guest = new Guest(await componentFiles(built));
  try {
    await guest.start();
  } catch (error) {
    await guest.stop();
    throw error;
  }
  return new RunningExtension(project, guest, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}

class RunningExtension implements TestExtension {
  readonly host: MemoryHost;
  readonly #project: Project;
  readonly #guest: Guest;
  readonly #timeoutMs: number;

  constructor(project: Project, guest: Guest, timeoutMs: number) {
    const endpoints = project.manifest.api?.endpoints ?? [];
    this.host = new MemoryHost({ registryId: project.identity.registryId, endpoints });
    this.#project = project;
    this.#guest = guest;
    this.#timeoutMs = timeoutMs;
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<TestAnswer> {
    const http = requestOf(method.toUpperCase(), path, options);
    this.#requireEndpoint(http);
    const logs: LogLine[] = [];
    const user = options.user === undefined ? this.host.user : (options.user ?? undefined);
    // A fault of the test's own (an answer it did not program) is told as it is, not as the guest's.
    let fault: unknown;
    const { outcome } = await this.#guest.run({
      request: this.#request(user),
      http,
      secrets: { values: new Map(this.host.secrets), expired: false },
      timeoutMs: this.#timeoutMs,
      signal: new AbortController().signal,
      onOutput: ({ level, stream, text }) => void logs.push({ level, stream, text }),
      hostCall: async (name, args) => {
        try {
          return await this.host.call(name, args);
        } catch (error) {
          fault ??= error;
          throw error;
        }
      },
    });
    if (fault !== undefined) throw fault;
    if (outcome.kind === 'failure') {
      throw new HandlerFailure(outcome.reason, outcome.message, { stack: outcome.stack, logs });
    }
    return answerOf(outcome, logs);
  }

  async stop(): Promise<void> {
    await this.#guest.stop();
  }

  #request(user: TestUser | undefined): GuestRequest {
    const { manifest, identity } = this.#project;
    const { tenantId, extensionId, installId } = this.host;
    return {
      requestId: randomUUID(),
      tenantId,
      extensionId,
      installId,
      versionId: identity.versionId,
      providers: new Set([...DEFAULT_GRANTS, ...manifest.capabilities]),
      user: user && { clientName: '', additionalFields: {}, ...user },
    };
  }

  /** The gateway answers 404 for what the manifest does not declare: a test that calls it is mistaken. */
  #requireEndpoint({ method, url }: GuestHttp): void {
    const endpoints = this.#project.manifest.api?.endpoints ?? [];
    const [path = ''] = url.split('?');
    const asked = method === 'HEAD' ? 'GET' : method;
    if (isGatewayMethod(asked) && matchEndpoint(endpoints, asked, path) !== undefined) return;
    throw algaError('TEST_ENDPOINT_UNDECLARED', { method, path });
  }
}

function requestOf(method: string, path: string, { query, headers = {}, body }: CallOptions): GuestHttp {
  const search = query === undefined ? '' : new URLSearchParams(query).toString();
  const url = search === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${search}`;
  const type = isJson(body) ? { 'content-type': 'application/json' } : {};
  return { method, url, headers: Object.entries({ ...type, ...headers }), body: bytesOf(body) };
}

function answerOf({ status, headers, body }: WorkerAnswer, logs: readonly LogLine[]): TestAnswer {
  const text = (): string => new TextDecoder().decode(body);
  return {
    status,
    headers: headerMap(headers),
    body,
    logs,
    text,
    json: <T>() => JSON.parse(text()) as T,
  };
}
