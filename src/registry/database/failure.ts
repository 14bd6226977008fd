import { ZodError, z } from 'zod';
import { AlgaError, algaError, textOf } from '../../core/errors/alga-error.js';

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  '57P01', // the server is shutting down
  '57P02', // the server crashed
  '57P03', // the server is starting
  '53300', // too many connections
]);

const SCHEMA: ReadonlySet<string> = new Set(['42P01', '42703', '3F000', '42883', '42P10']);
const DENIED: ReadonlySet<string> = new Set(['28P01', '28000', '42501']);
const BUSY: ReadonlySet<string> = new Set(['57014', '55P03', '40001', '40P01']);

/** What the driver says without a code: a broken connection, no free one in time, a closed pool. */
const LOST_TEXTS = /^(Connection terminated|timeout exceeded|Cannot use a pool)/;

/** The driver's and the server's error code (SQLSTATE or system error), or an empty text. */
function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(codeOf).find((code) => code !== '') ?? '';
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

/** Whether the connection was lost or never made; says nothing about what the server did. */
export function isConnectionLoss(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return UNREACHABLE.has(code) || code.startsWith('08') || LOST_TEXTS.test(textOf(thrown));
}

/** Whether the server undid the transaction for the sake of another one. */
export function isUndone(thrown: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(thrown));
}

/** Turns what the driver threw into a coded error; coded errors and bugs pass through. */
export function registryFailure(thrown: unknown, database: string): unknown {
  if (thrown instanceof AlgaError) return thrown;
  const options = { cause: thrown };
  if (thrown instanceof ZodError) {
    return algaError('REGISTRY_ROW_UNEXPECTED', { detail: z.prettifyError(thrown) }, options);
  }
  const code = codeOf(thrown);
  const detail = textOf(thrown);
  if (isConnectionLoss(thrown)) return algaError('REGISTRY_UNREACHABLE', { database, detail }, options);
  if (SCHEMA.has(code)) return algaError('REGISTRY_SCHEMA_MISSING', { database, detail }, options);
  if (DENIED.has(code)) return algaError('REGISTRY_ACCESS_DENIED', { database, detail }, options);
  if (code === '3D000') return algaError('REGISTRY_DATABASE_MISSING', { database }, options);
  if (BUSY.has(code)) return algaError('REGISTRY_BUSY', { database, detail }, options);
  if (/^[0-9A-Z]{5}$/.test(code)) return algaError('REGISTRY_FAILED', { database, detail }, options);
  return thrown;
}
