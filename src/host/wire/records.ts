/**
 * Shapes that travel from the host to its pages. Shared by server and browser code, so: types only,
 * plain JSON, no imports from either side.
 */

/** Body of a request or an answer as far as it was kept for the author. */
export interface CapturedBody {
  /** Size of the whole body in bytes. */
  readonly size: number;
  /** The kept beginning: as text when it is UTF-8, else base64. */
  readonly text?: string;
  readonly base64?: string;
  /** True when only the beginning was kept. */
  readonly truncated: boolean;
}

/** What a guest said while it answered, or a line about it from the runner. */
export interface GuestLog {
  /** ISO 8601 time. */
  readonly at: string;
  /** `publisher/name`, when the runner said whom the line belongs to. */
  readonly extension?: string;
  readonly registryId?: string;
  readonly requestId?: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly message: string;
  readonly truncated: boolean;
}

/** One call of the runner to an internal API on behalf of a guest. */
export interface HostCall {
  /** ISO 8601 time. */
  readonly at: string;
  /** `ext-storage`, `ext-scheduler`, ... */
  readonly service: string;
  readonly operation: string;
  readonly status: number;
  readonly ms: number;
  /** Error text of the answer, which the guest does not get to see. */
  readonly error?: string;
  /** What the guest cannot know of an answer that looks good. */
  readonly remark?: string;
}

/** Who a gateway request was made as. */
export interface ActingUser {
  /** Key of the switch on the page: `admin`, `reader`, ... */
  readonly key: string;
  readonly name: string;
  readonly type: 'internal' | 'client';
}

/** Milliseconds a gateway request spent in each of its parts. */
export interface RequestTimings {
  /** Waiting for a handler that was being made. */
  readonly held: number;
  readonly access: number;
  readonly hydrate: number;
  readonly runner: number;
}

/** One request through the gateway, from message to answer. */
export interface RequestRecord {
  readonly requestId: string;
  readonly registryId: string;
  /** `publisher/name`; the id as asked for when the extension is not part of this session. */
  readonly extension: string;
  /** ISO 8601 time at which the request arrived. */
  readonly at: string;
  /** `bridge`: sent by the page for the iframe; `direct`: any other caller. */
  readonly origin: 'bridge' | 'direct' | 'replay' | 'schedule';
  readonly route: 'ext' | 'ext-proxy';
  /** Method and path as the guest saw them. */
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Status the caller got. */
  readonly status: number;
  readonly ms: number;
  /** Hash of the bundle that answered. */
  readonly contentHash?: string;
  /** Code with which the gateway itself refused or failed. */
  readonly error?: string;
  /** The runner's own error text, which the product hides from callers. */
  readonly runnerError?: string;
  readonly user?: ActingUser;
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body?: CapturedBody };
  readonly response: { readonly headers: Readonly<Record<string, string>>; readonly body?: CapturedBody };
  readonly timings: RequestTimings;
  readonly hostCalls: readonly HostCall[];
  readonly logs: readonly GuestLog[];
  /** Remarks about differences between this host and the product, or limits that were near. */
  readonly notes: readonly string[];
}

/** Something the iframe's content security policy blocked. */
export interface CspViolation {
  /** ISO 8601 time. */
  readonly at: string;
  readonly registryId: string;
  readonly extension: string;
  /** For example `script-src-elem`. */
  readonly directive: string;
  /** What was blocked: a URL, `inline` or `eval`. */
  readonly blocked: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}
