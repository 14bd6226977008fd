/**
 * The moment at which every handler is loaded, 2026-01-01: a fixed one, so that the same source gives the same
 * bytes. Without the clock feature it is also what the handler sees as now, for ever.
 */
export const EVALUATION_TIME_MS = 1_767_225_600_000;

/** Memory a handler may take while it is loaded, in pages of 64 KiB (512 MiB). The component has no such limit. */
export const EVALUATION_MEMORY_PAGES = 8192;

/** Names of what the engine exports. */
export const ENGINE_EXPORT = {
  memory: 'memory',
  initialize: '_initialize',
  load: 'componentize.wizer',
  check: 'check_init',
  allocate: 'cabi_realloc',
  handler: 'handler',
} as const;

/** Exports that only evaluation needs; the component must not have them. */
export const INIT_EXPORTS: ReadonlySet<string> = new Set([ENGINE_EXPORT.initialize, ENGINE_EXPORT.load]);

/** Path of the generated script inside the guest. */
export const BINDINGS_PATH = '/initializer.js';
