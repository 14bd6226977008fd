import { describe, expect, it } from 'vitest';
import { livePolicy, PRODUCTION_POLICY } from './page-policy.js';

describe('livePolicy', () => {
  it('adds the one socket and nothing else (C5)', () => {
    expect(livePolicy('localhost:3000', '/runner/ext-ui/x/live/')).toBe(
      PRODUCTION_POLICY.replace(
        "connect-src 'self'",
        "connect-src 'self' ws://localhost:3000/runner/ext-ui/x/live/",
      ),
    );
    expect(livePolicy('[::1]:3000', '/')).toContain('ws://[::1]:3000/');
  });

  it.each([undefined, '', "a;script-src 'unsafe-inline'", 'a b', 'a,b', '*'])(
    'adds nothing for the host %s',
    (host) => {
      expect(livePolicy(host, '/live/')).toBe(PRODUCTION_POLICY);
    },
  );
});
