import type { FetchError, FetchRequest, FetchResponse } from '../../capabilities/http-fetch.js';
import type { Result } from '../../capabilities/result.js';

/** What the WASI functions need of the call under way. */
export interface WasiHost {
  /** Bytes a guest wrote to one of its standard streams. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** An outgoing request of the guest, under the same rules as `http.fetch`. */
  fetch(request: FetchRequest): Result<FetchResponse, FetchError>;
  /** Blocks the guest. */
  sleep(milliseconds: number): void;
}

export type WasiFunction = (host: WasiHost, args: readonly unknown[]) => unknown;
export type WasiFunctions = ReadonlyArray<readonly [string, WasiFunction]>;
