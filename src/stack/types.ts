import type { AlgaError } from '../core/errors/alga-error.js';

/** How to reach the bundle bucket over S3. */
export interface StoreConfig {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly bucket: string;
}

/** Kinds of stack a session can stand on. */
export type StackKind = 'embedded' | 'docker' | 'external';

/** The parts of a stack that can be down by themselves. */
export type ServiceName = 'database' | 'store';

/** A part of the stack went down or came back, as told to every session. */
export interface ServiceEvent {
  /** `supervisor` stands for all of them at once. */
  readonly service: ServiceName | 'supervisor';
  /** `lost` is final: it does not stay up and is not started again. */
  readonly state: 'down' | 'up' | 'lost';
  /** What happened to it (`was ended by SIGKILL`). */
  readonly cause: string;
}

/** The services a session stands on, held as long as the session has not closed them. */
export interface Stack {
  readonly kind: 'embedded';
  readonly database: { readonly connectionString: string };
  readonly store: StoreConfig;
  /**
   * Lets go of the stack. The last session to do so ends it; this then waits until nothing of it is
   * left, at most 0.8 s (the rest happens without us). Safe to call again.
   */
  close(): Promise<void>;
  /**
   * Called when the stack is not there any more: its supervisor died, was told to stop, or a service
   * does not stay up. After a death it is started again by itself, at the same addresses; that it is
   * back is told by `onService`.
   */
  onLost(listener: (why: AlgaError) => void): void;
  /** Called when a part goes down and when it is back; addresses stay the same. */
  onService(listener: (event: ServiceEvent) => void): void;
}

export interface ServiceStatus {
  readonly name: ServiceName;
  readonly state: 'starting' | 'up' | 'down' | 'lost';
  readonly port?: number | undefined;
  readonly pid?: number | undefined;
}

/** What `alga stack status` shows. */
export interface StackStatus {
  readonly folder: string;
  readonly running: boolean;
  /** Process of the supervisor. */
  readonly pid?: number;
  /** Processes that hold the stack. */
  readonly sessions: readonly number[];
  readonly services: readonly ServiceStatus[];
  /** Whether there is data from this or earlier runs. */
  readonly hasData: boolean;
}
