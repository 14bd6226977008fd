export interface ServiceQuirks {
  /** Shows the product's known defects too, for an author who wants to see what they do there. */
  readonly quirks?: boolean;
}
