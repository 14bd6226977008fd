/**
 * Environment for child processes that work in bursts: what their native allocators have freed goes back to the
 * system at once, where by default they keep tens of megabytes each until the next burst. The first two are read
 * by glibc, the last by the bundler's own allocator; others ignore them.
 */
export const FRUGAL_MEMORY: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MIMALLOC_PURGE_DELAY: '0',
};
