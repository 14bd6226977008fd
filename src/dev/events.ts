import type { ErrorReport } from '../core/errors/alga-error.js';
import type { ContentHash, InstallId, RegistryId, TenantId, VersionId } from '../core/ids.js';
import type { Diagnostic } from '../project/types.js';

/** Steps of the pipeline, in the order in which a publish passes them. */
export type StepName =
  | 'stack'
  | 'detect'
  | 'validate'
  | 'types'
  | 'component'
  | 'ui'
  | 'pack'
  | 'upload'
  | 'register'
  | 'warm'
  | 'switch'
  | 'prove';

/** Which road a change took to the author's eyes. */
export type Lane = 'ui' | 'handler' | 'published';

/** What a changed file means for the pipeline. */
export type ChangeKind = 'handler' | 'ui' | 'manifest' | 'wit' | 'config' | 'dependencies' | 'artifact';

export interface SessionUrls {
  /** Host page of the extension. */
  readonly page: string;
  /** Base to which an endpoint's path is appended. */
  readonly gateway: string;
  /** Document shown in the iframe. */
  readonly ui: string;
  readonly runner: string;
}

interface Stamped {
  /** ISO 8601 time of the event. */
  readonly at: string;
}

/** Present on every event that concerns one extension: its `publisher/name`. */
interface OfExtension {
  readonly extension: string;
}

export interface ReadyEvent extends Stamped, OfExtension {
  readonly type: 'ready';
  readonly urls: SessionUrls;
  readonly tenantId: TenantId;
  readonly registryId: RegistryId;
  readonly versionId: VersionId;
  readonly installId: InstallId;
  readonly contentHash: ContentHash;
  readonly version: string;
  readonly ms: number;
}

export interface ChangeEvent extends Stamped, OfExtension {
  readonly type: 'change';
  /** Changed files relative to the project root. */
  readonly files: readonly string[];
  readonly kinds: readonly ChangeKind[];
}

export interface StepEvent extends Stamped {
  readonly type: 'step';
  readonly extension?: string;
  readonly step: StepName;
  readonly state: 'started' | 'progress' | 'done' | 'failed';
  /** Duration of the step; on `done` and `failed`. */
  readonly ms?: number;
  /** One short phrase: what is going on, or what came out (`cached`, `13.1 MB`). */
  readonly detail?: string;
}

export interface LiveEvent extends Stamped, OfExtension {
  readonly type: 'live';
  readonly lane: Lane;
  /** Milliseconds since the save was seen (since start for the first one). */
  readonly ms: number;
  readonly contentHash?: ContentHash;
  /** Version of the extension that has this bundle; lane `published` only. */
  readonly version?: string;
  /** False when the content was already the published one and nothing was written. */
  readonly changed?: boolean;
  /** Modules that were replaced in the page; lane `ui` only. */
  readonly files?: readonly string[];
}

export interface ErrorEvent extends Stamped, Omit<ErrorReport, 'exitCode'> {
  readonly type: 'error';
  readonly extension?: string;
  readonly step?: StepName;
}

export interface WarningEvent extends Stamped, Diagnostic {
  readonly type: 'warning';
  readonly extension?: string;
}

export interface RequestEvent extends Stamped, OfExtension {
  readonly type: 'request';
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** Hash of the bundle that answered. */
  readonly contentHash?: ContentHash;
  /** The runner's own error text, which the product hides from callers. */
  readonly runnerError?: string;
}

export interface GuestLogEvent extends Stamped {
  readonly type: 'guestLog';
  readonly extension?: string;
  readonly requestId?: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly message: string;
}

/** A line of information that has no type of its own (runner restarted, stack attached, ...). */
export interface NoteEvent extends Stamped {
  readonly type: 'note';
  readonly extension?: string;
  readonly message: string;
}

/** What the doctor would mend at the key `f`, whenever that changes. */
export interface CheckupEvent extends Stamped, OfExtension {
  readonly type: 'checkup';
  /** Ids of the checks whose findings can be mended without a question; empty when there is nothing left. */
  readonly mendable: readonly string[];
}

export interface StoppedEvent extends Stamped {
  readonly type: 'stopped';
  readonly reason: string;
}

/** Everything a session says. The terminal app, plain lines and `--json` render this one stream. */
export type SessionEvent =
  | ReadyEvent
  | ChangeEvent
  | StepEvent
  | LiveEvent
  | ErrorEvent
  | WarningEvent
  | RequestEvent
  | GuestLogEvent
  | NoteEvent
  | CheckupEvent
  | StoppedEvent;

type WithoutTime<E> = E extends SessionEvent ? Omit<E, 'at'> : never;

/** An event before the session stamps it with the time. */
export type UnstampedEvent = WithoutTime<SessionEvent>;
