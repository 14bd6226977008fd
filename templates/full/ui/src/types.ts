/** What the handler answers on both endpoints. */
export interface Answer {
  readonly message: string;
  readonly tenantId: string;
  readonly user: { readonly name: string; readonly type: string } | null;
  /** ISO 8601 time at which the handler answered. */
  readonly answeredAt: string;
  /** Newest first. */
  readonly notes: readonly Note[];
}

export interface Note {
  readonly id: number;
  readonly text: string;
  readonly author: string;
  /** ISO 8601 time. */
  readonly writtenAt: string;
}
