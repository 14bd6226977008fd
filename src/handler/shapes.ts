/**
 * What the runner gives to a handler and takes from it, as far as these helpers need to know. The types of
 * `alga:extension/types` fit both ways.
 */

export interface Header {
  name: string;
  value: string;
}

export interface HandlerRequest {
  readonly http: {
    readonly method: string;
    /** Path and query. */
    readonly url: string;
    readonly headers: readonly Header[];
    readonly body?: Uint8Array | undefined;
  };
}

export interface HandlerResponse {
  status: number;
  headers: Header[];
  body?: Uint8Array | undefined;
}
