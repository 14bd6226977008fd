import { expect, test } from 'vitest';
import { productSettings } from './product-settings.js';

test.each([
  [{}, {}],
  [{ EXT_GATEWAY_TIMEOUT_MS: '5000' }, { gatewayTimeoutMs: 5000 }],
  [{ EXT_GATEWAY_TIMEOUT_MS: '0' }, {}],
  [{ EXT_GATEWAY_TIMEOUT_MS: '-1' }, {}],
  [{ EXT_GATEWAY_TIMEOUT_MS: 'soon' }, {}],
  [{ EXT_GATEWAY_TIMEOUT_MS: '999999999999' }, { gatewayTimeoutMs: 2_147_483_647 }],
  [{ EXT_DEBUG_SSE_TAIL_COUNT: '5' }, { debugTail: 5 }],
  [{ EXT_DEBUG_SSE_TAIL_COUNT: '0' }, { debugTail: 0 }],
  [{ EXT_DEBUG_SSE_TAIL_COUNT: 'all' }, {}],
])('%j is read as %j', (env, settings) => {
  expect(productSettings(env)).toEqual(settings);
});
