import type { CspViolation, GuestLog, RequestRecord } from './records.js';

/** An error as terminal and page show it. */
export interface PageError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly cause?: string | undefined;
  /** Path relative to the project. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly frame?: string | undefined;
}

/** What a session tells the pages of one extension, or all pages. */
export type PageMessage =
  /** A step of the pipeline. A step that is done takes its own error off the page. */
  | {
      readonly type: 'step';
      readonly step: string;
      readonly state: 'started' | 'progress' | 'done' | 'failed';
      readonly ms?: number | undefined;
      readonly detail?: string | undefined;
    }
  /** New code answers. Takes the errors of that lane off the page; lane `published` takes all. */
  | {
      readonly type: 'live';
      readonly lane: 'ui' | 'handler' | 'published';
      readonly ms: number;
      readonly contentHash?: string | undefined;
      readonly changed?: boolean | undefined;
      readonly files?: readonly string[] | undefined;
    }
  /** Shown over the iframe until its step succeeds or it is cleared. */
  | { readonly type: 'error'; readonly error: PageError; readonly step?: string | undefined }
  /** Takes the error of one step, or all of them, off the page. */
  | { readonly type: 'cleared'; readonly step?: string | undefined }
  /** The iframe has to be loaded again. */
  | { readonly type: 'reload' }
  | { readonly type: 'note'; readonly message: string }
  /** The doctor has looked at the extension. */
  | ({ readonly type: 'checkup' } & Checkup);

/** What the doctor found, as the page shows it. */
export interface Checkup {
  readonly findings: readonly {
    /** Id of the check. */
    readonly check: string;
    readonly severity: 'problem' | 'warning';
    readonly seen: string;
    readonly expected: string;
    /** What the author notices of it. */
    readonly why: string;
    /** What mends it: a sentence, and what to type or press. */
    readonly fix?: { readonly summary: string; readonly command: string };
  }[];
  /** What could not be looked at. */
  readonly unknown: readonly { readonly part: string; readonly reason: string }[];
  readonly checks: number;
  readonly ms: number;
}

/** The bundle the host serves for an extension. */
export interface ServedState {
  readonly contentHash: string;
  readonly version: string;
  readonly versionId: string;
  readonly installId: string;
  /** ISO 8601 time of the switch. */
  readonly since: string;
}

/** Texts of an extension's entries, as its installed version asks for them; without one it has no entry there. */
export interface Menu {
  readonly app?: string;
  readonly portal?: string;
}

/** An extension as the page's menu and header show it. */
export interface ExtensionState {
  readonly registryId: string;
  readonly extension: string;
  readonly displayName: string;
  /** How it is called where it has no entry of its own. */
  readonly label: string;
  /** Its entries in the product's menus; unknown until it is installed. */
  readonly menu?: Menu;
  readonly tenantId: string;
  readonly hasUi: boolean;
  /** False for one that was installed from elsewhere: it has no sources here, only its bundle. */
  readonly developed: boolean;
  /** Absolute path of the project, for links that open an editor; empty when it has none here. */
  readonly projectRoot: string;
  readonly served?: ServedState;
  /** Errors that are shown now, by step. */
  readonly errors: readonly { readonly step: string; readonly error: PageError }[];
  /** The last time new code was live, for the badge. */
  readonly live?: { readonly lane: string; readonly ms: number; readonly at: string };
}

/** Everything that arrives over the live channel. `registryId` is absent on what concerns all pages. */
export type ChannelMessage = { readonly registryId?: string; readonly at: string } & (
  | PageMessage
  /** First message after connecting: how everything stands. */
  | { readonly type: 'hello'; readonly session: string; readonly extensions: readonly ExtensionState[] }
  /** Extensions came or went, or their labels changed. */
  | { readonly type: 'menu'; readonly extensions: readonly ExtensionState[] }
  /** Another bundle is served now. */
  | { readonly type: 'published'; readonly served: ServedState }
  | { readonly type: 'request'; readonly record: RequestRecord }
  | { readonly type: 'guestLog'; readonly log: GuestLog }
  | { readonly type: 'csp'; readonly violation: CspViolation }
);

/** What a button on a page asks of the session; `extension` (`publisher/name`) narrows it to one. */
export type PageCommand =
  | { readonly type: 'rebuild'; readonly extension?: string }
  | { readonly type: 'previousVersion'; readonly extension?: string }
  | { readonly type: 'useVersion'; readonly extension?: string; readonly contentHash: string }
  | { readonly type: 'restartRunner' }
  | { readonly type: 'doctor' }
  /** Mend what the doctor finds, as far as nothing can get lost by it. */
  | { readonly type: 'mend' };
