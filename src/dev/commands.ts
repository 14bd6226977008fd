/** What a screen may ask of a running session. `extension` (its `publisher/name`) narrows it to one. */
export type SessionCommand =
  | { readonly type: 'rebuild'; readonly extension?: string }
  | { readonly type: 'restartRunner' }
  | { readonly type: 'openPage'; readonly extension?: string }
  | { readonly type: 'doctor' }
  /** Mend what the doctor finds, as far as nothing can get lost by it. */
  | { readonly type: 'mend' }
  /** Make the previously published version the served one again. */
  | { readonly type: 'previousVersion'; readonly extension?: string }
  /** Make one of the published bundles of the installed version the served one. */
  | { readonly type: 'useVersion'; readonly extension?: string; readonly contentHash: string }
  | { readonly type: 'quit' };
