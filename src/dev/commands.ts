/** What a screen may ask of a running session. `extension` (its `publisher/name`) narrows it to one. */
export type SessionCommand =
  | { readonly type: 'rebuild'; readonly extension?: string }
  | { readonly type: 'restartRunner' }
  | { readonly type: 'openPage'; readonly extension?: string }
  | { readonly type: 'doctor' }
  /** Make the previously published version the served one again. */
  | { readonly type: 'previousVersion'; readonly extension?: string }
  | { readonly type: 'quit' };
