import type { HostOptions } from './door.js';

/**
 * The product's environment variables that a caller notices, under their own names. What is no whole
 * number leaves the default; so does a time limit of 0 or less, as on the product's page route.
 */
export function productSettings(env: NodeJS.ProcessEnv): Pick<HostOptions, 'gatewayTimeoutMs' | 'debugTail'> {
  const timeout = wholeNumber(env.EXT_GATEWAY_TIMEOUT_MS);
  const tail = wholeNumber(env.EXT_DEBUG_SSE_TAIL_COUNT);
  return {
    ...(timeout === undefined || timeout <= 0 ? {} : { gatewayTimeoutMs: Math.min(timeout, LONGEST_TIMER) }),
    ...(tail === undefined ? {} : { debugTail: tail }),
  };
}

/** Timers beyond this go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}
