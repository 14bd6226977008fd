import type { GuestRequest, OpenSecrets } from './guest-request.js';
import type { ApiAnswer, InstallService } from './install-api.js';

/** What host functions that leave the process are given. */
export interface HostContext {
  readonly request: GuestRequest;
  readonly secrets: OpenSecrets | undefined;
  /** Aborted when the guest's call is over, by whatever end. */
  readonly signal: AbortSignal;
  /** A call to one of the host's services for the install of the request. */
  install(service: InstallService, body: object): Promise<ApiAnswer>;
}

export type HostFunction = (cx: HostContext, args: readonly unknown[]) => Promise<unknown>;
