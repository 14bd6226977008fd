/** Unit in which memories are sized and grow. */
export const PAGE_BYTES = 65_536;

/** Pages in one MiB, the unit of memory limits. */
export const PAGES_PER_MB = 16;
