import pg from 'pg';
import { algaError, textOf } from '../../core/errors/alga-error.js';

/** Which database a connection string means; never contains the password. */
export interface DatabaseTarget {
  /** Host name, address, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** For messages: `localhost:5432/server`. */
  readonly label: string;
}

/** Reads a connection string as the driver will. Throws REGISTRY_ADDRESS_INVALID. */
export function databaseTarget(connectionString: string): DatabaseTarget {
  try {
    const { host, port, database = '' } = new pg.Client({ connectionString });
    return { host, port, database, label: host.startsWith('/') ? database : `${host}:${port}/${database}` };
  } catch (error) {
    throw algaError('REGISTRY_ADDRESS_INVALID', { detail: textOf(error) }, { cause: error });
  }
}

/**
 * Refuses a database that is not on this machine: a development tool that is pointed at a shared
 * database would overwrite what others use. Throws REGISTRY_NOT_DEVELOPMENT before anything is sent.
 */
export function requireDevelopment(target: DatabaseTarget): void {
  if (isLoopback(target.host)) return;
  throw algaError('REGISTRY_NOT_DEVELOPMENT', { host: target.host });
}

function isLoopback(host: string): boolean {
  if (host.startsWith('/')) return true;
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
