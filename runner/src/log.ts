import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs, one JSON object a line on standard output. Lines about a request carry `request`,
 * `tenant`, `extension` and `hash`. Nothing that may hold a secret (headers, bodies, config,
 * envelopes, signed URLs) is ever handed to it; the redaction below is a second lock.
 */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: { service: 'alga-runner' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        'headers',
        'body',
        'config',
        'secret_envelope',
        'secretEnvelope',
        'token',
        'authKey',
        'password',
      ],
      censor: '[redacted]',
    },
  });
}
