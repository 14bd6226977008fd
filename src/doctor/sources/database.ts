import type { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';

const CONNECT_LIMIT_MS = 4_000;
const STATEMENT_LIMIT_MS = 3_000;

/** A connection of the doctor's own: it also reads rows that the registry would refuse to show. */
export interface Database {
  rows<T>(row: z.ZodType<T>, text: string, values?: readonly unknown[]): Promise<T[]>;
  run(text: string, values?: readonly unknown[]): Promise<number>;
  /** Where it is: host and port, without user or password. */
  readonly label: string;
  close(): Promise<void>;
}

/** Connects; rejects with the driver's error. Throws DOCTOR_NOT_DEVELOPMENT for another machine. */
export async function connectDatabase(connectionString: string): Promise<Database> {
  const { Client } = (await import('pg')).default;
  const client = new Client({
    connectionString,
    application_name: 'alga doctor',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    lock_timeout: STATEMENT_LIMIT_MS,
  });
  if (!isLoopback(client.host))
    throw algaError('DOCTOR_NOT_DEVELOPMENT', { what: `database on ${client.host}` });
  // A connection that breaks later fails the next statement; here it must not end the process.
  client.on('error', () => undefined);
  await client.connect();
  return {
    label: `${client.host}:${client.port}`,
    rows: async (row, text, values) => {
      const result = await client.query(text, values === undefined ? undefined : [...values]);
      return result.rows.map((found: unknown) => row.parse(found));
    },
    run: async (text, values) =>
      (await client.query(text, values === undefined ? undefined : [...values])).rowCount ?? 0,
    close: () => client.end().catch(() => undefined),
  };
}

/** Whether a host name means this machine. */
export function isLoopback(host: string): boolean {
  if (host.startsWith('/')) return true;
  return ['localhost', '::1', '[::1]'].includes(host) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
