import { ENVIRONMENT_FUNCTIONS } from './environment.js';
import { HTTP_FUNCTIONS } from './http.js';
import { STREAM_FUNCTIONS } from './streams.js';
import type { WasiFunction } from './wasi-host.js';

/**
 * The WASI functions extensions get, by `interface#function` without version. Components may import
 * others (sockets, files); those can be linked but not called.
 */
export const WASI_FUNCTIONS: ReadonlyMap<string, WasiFunction> = new Map([
  ...STREAM_FUNCTIONS,
  ...ENVIRONMENT_FUNCTIONS,
  ...HTTP_FUNCTIONS,
]);
