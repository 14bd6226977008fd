import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { z } from 'zod';
import { isConnectionLoss, isUndone, registryFailure } from './failure.js';
import type { Database, Sql, Statement } from './sql.js';
import { type DatabaseTarget, databaseTarget, requireDevelopment } from './target.js';

export interface PoolOptions {
  readonly connectionString: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 10;
const RECONNECT_DELAY_MS = 250;
const CLOSE_TIMEOUT_MS = 300;

/** Connections to one database, opened as they are needed. Nothing is sent before the first statement. */
export class DatabasePool implements Database {
  readonly target: DatabaseTarget;
  readonly #pool: pg.Pool;
  readonly #sockets = new Set<Socket>();
  #closing: Promise<void> | undefined;

  /** Throws REGISTRY_ADDRESS_INVALID, REGISTRY_NOT_DEVELOPMENT. */
  constructor(options: PoolOptions) {
    this.target = databaseTarget(options.connectionString);
    requireDevelopment(this.target);
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      stream: () => this.#openSocket(),
      application_name: 'alga',
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      allowExitOnIdle: true,
    });
    // A server that stops ends idle connections; without a listener that would end the process.
    this.#pool.on('error', () => undefined);
  }

  rows<T>(row: z.ZodType<T>, statement: Statement, values?: readonly unknown[]): Promise<T[]> {
    return this.#twice(() => clientSql(this.#pool).rows(row, statement, values));
  }

  run(statement: Statement, values?: readonly unknown[]): Promise<number> {
    return this.#twice(() => clientSql(this.#pool).run(statement, values));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#twice(() => this.#attempt(work));
  }

  /** Ends all connections, at once where the server does not answer; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const ended = this.#pool.end();
    await Promise.race([ended, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    for (const socket of this.#sockets) socket.destroy();
    await ended;
  }

  #openSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async #attempt<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let failure: unknown;
    // A connection that breaks between two statements reports it here; the next statement throws.
    const onError = (error: Error): void => {
      failure = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work(clientSql(client));
      await this.#commit(client);
      return result;
    } catch (error) {
      failure = error;
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.off('error', onError);
      client.release(isConnectionLoss(failure));
    }
  }

  /** When the answer is lost nobody knows whether it was done: such a failure is not tried again. */
  async #commit(client: pg.PoolClient): Promise<void> {
    try {
      await client.query('COMMIT');
    } catch (error) {
      throw registryFailure(error, this.target.label);
    }
  }

  /**
   * Runs `call`, and once more when the connection was lost (the server may just be restarting) or the
   * server undid it for another one.
   */
  async #twice<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call().catch(async (error: unknown) => {
        if (this.#closing !== undefined) throw error;
        if (isConnectionLoss(error)) await delay(RECONNECT_DELAY_MS);
        else if (!isUndone(error)) throw error;
        return call();
      });
    } catch (error) {
      throw registryFailure(error, this.target.label);
    }
  }
}

/** Statements on one connection (or any of a pool), rows checked. */
function clientSql(client: Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>): Sql {
  return {
    rows: async (row, statement, values) => {
      const result = await client.query(queryOf(statement, values));
      return result.rows.map((found: unknown) => row.parse(found));
    },
    run: async (statement, values) => {
      const result = await client.query(queryOf(statement, values));
      return result.rowCount ?? 0;
    },
  };
}

function queryOf(statement: Statement, values: readonly unknown[] | undefined): pg.QueryConfig {
  const query = typeof statement === 'string' ? { text: statement } : { ...statement };
  return values === undefined ? query : { ...query, values: [...values] };
}
