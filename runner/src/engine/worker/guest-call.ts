import { refusal } from '../../capabilities/grants.js';
import type { GuestRequest, OpenSecrets } from '../../capabilities/guest-request.js';
import type { FetchError, FetchRequest, FetchResponse } from '../../capabilities/http-fetch.js';
import { LOCAL_FUNCTIONS, type LocalCall } from '../../capabilities/local-functions.js';
import type { Result } from '../../capabilities/result.js';
import type { DebugLevel } from '../../executable.js';
import { trap } from '../component/fault.js';
import type { WasiHost } from '../wasi/wasi-host.js';
import type { HostBridge } from './host-bridge.js';
import type { OutputLines } from './output-lines.js';

interface GuestCallParts {
  readonly id: number;
  readonly request: GuestRequest;
  readonly secrets: OpenSecrets | undefined;
  readonly output: OutputLines;
  readonly bridge: HostBridge;
}

/** One call of a guest, as the functions it imports see it. */
export class GuestCall implements LocalCall, WasiHost {
  readonly request: GuestRequest;
  readonly secrets: OpenSecrets | undefined;
  readonly output: OutputLines;
  readonly #id: number;
  readonly #bridge: HostBridge;

  constructor(parts: GuestCallParts) {
    this.request = parts.request;
    this.secrets = parts.secrets;
    this.output = parts.output;
    this.#id = parts.id;
    this.#bridge = parts.bridge;
  }

  /** Runs a host function `interface#function`: here when it needs nothing else, else on the main thread. */
  hostFunction(name: string, args: readonly unknown[]): unknown {
    const refused = refusal(name, this.request);
    if (refused !== undefined) {
      if (name === 'context#get-context') throw trap('the call has no right to its context');
      return refused.answer;
    }
    const local = LOCAL_FUNCTIONS.get(name);
    return local === undefined ? this.#bridge.call(this.#id, name, args) : local(this, args);
  }

  log(level: DebugLevel, message: string): void {
    this.output.log(level, message);
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.output.write(stream, bytes);
  }

  fetch(request: FetchRequest): Result<FetchResponse, FetchError> {
    return this.hostFunction('http#fetch', [request]) as Result<FetchResponse, FetchError>;
  }

  sleep(milliseconds: number): void {
    this.#bridge.sleep(milliseconds);
  }
}
