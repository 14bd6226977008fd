import type { EngineOptions } from '../executable.js';
import { refusal } from './grants.js';
import type { GuestRequest, OpenSecrets } from './guest-request.js';
import type { HostContext, HostFunction } from './host-context.js';
import { type EgressCount, type FetchRequest, fetchForGuest } from './http-fetch.js';
import { InstallApi } from './install-api.js';
import { INVOICING_FUNCTIONS } from './invoicing.js';
import type { Outbound } from './outbound.js';
import { READER_FUNCTIONS } from './readers.js';
import { SCHEDULER_FUNCTIONS } from './scheduler.js';
import { STORAGE_FUNCTIONS } from './storage.js';
import { callRoute } from './ui-proxy.js';

/** The call of a guest as host functions see it from the outside. */
export interface ServedCall {
  readonly request: GuestRequest;
  readonly secrets: OpenSecrets | undefined;
  /** Aborted when the guest's call is over. */
  readonly signal: AbortSignal;
}

type HostServicesOptions = Pick<EngineOptions, 'egress' | 'hostApi' | 'uiProxy'>;

/** The host functions that leave the process. Each checks the capabilities of its call itself. */
export class HostServices {
  readonly #api: InstallApi;
  readonly #functions: ReadonlyMap<string, HostFunction>;
  readonly #count: EgressCount = { sent: 0, received: 0 };

  constructor(options: HostServicesOptions, outbound: Outbound) {
    this.#api = new InstallApi(options.hostApi, outbound);
    const proxy = {
      options: options.uiProxy,
      outbound,
      maxResponseBytes: options.hostApi.maxResponseBytes,
    };
    this.#functions = new Map<string, HostFunction>([
      ...STORAGE_FUNCTIONS,
      ...SCHEDULER_FUNCTIONS,
      ...INVOICING_FUNCTIONS,
      ...READER_FUNCTIONS,
      [
        'http#fetch',
        (cx, [request]) =>
          fetchForGuest(request as FetchRequest, options.egress, outbound, cx.signal, this.#count),
      ],
      [
        'ui-proxy#call-route',
        (cx, [route, payload]) => callRoute(cx, proxy, String(route), payload as Uint8Array | undefined),
      ],
    ]);
  }

  /** Bytes of bodies sent and received by `http.fetch` since the start. */
  get egress(): Readonly<EgressCount> {
    return this.#count;
  }

  /** Runs the function `interface#function`; what it gives is the answer for the guest. */
  async call(name: string, args: readonly unknown[], served: ServedCall): Promise<unknown> {
    const refused = refusal(name, served.request);
    if (refused !== undefined) return refused.answer;
    const run = this.#functions.get(name);
    if (run === undefined) throw new Error(`no host function ${name}`);
    return await run(this.#context(served), args);
  }

  #context({ request, secrets, signal }: ServedCall): HostContext {
    return {
      request,
      secrets,
      signal,
      install: (service, body) => {
        const caller = { installId: request.installId ?? '', requestId: request.requestId };
        return this.#api.call(service, caller, body, signal);
      },
    };
  }
}
