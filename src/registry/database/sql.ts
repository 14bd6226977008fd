import type { z } from 'zod';

/**
 * A statement: its text, or with a name one that the server parses and plans once a connection. For
 * those that stand between a call of a handler and its answer.
 */
export type Statement = string | { readonly name: string; readonly text: string };

/**
 * A place to run statements: the pool, or one transaction. Statements take parameters only. The pool
 * runs a statement a second time when the connection was lost, so a statement that is run there must
 * be safe to repeat.
 */
export interface Sql {
  /** Runs a statement and checks every row it gives against `row`. Throws coded errors. */
  rows<T>(row: z.ZodType<T>, statement: Statement, values?: readonly unknown[]): Promise<T[]>;
  /** Runs a statement for its effect; gives the number of rows it touched. */
  run(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** A database that can run several statements as one. */
export interface Database extends Sql {
  /**
   * Runs `work` in one transaction: all of it, or nothing. May run it a second time when the server
   * ended the first attempt before it was done (deadlock, restart), so `work` must do nothing but run
   * statements.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** The first row, when there is one. */
export async function firstRow<T>(
  sql: Sql,
  row: z.ZodType<T>,
  statement: Statement,
  values?: readonly unknown[],
): Promise<T | undefined> {
  const [first] = await sql.rows(row, statement, values);
  return first;
}

/** The one row a statement must give; a statement that gives none is a bug of ours. */
export async function onlyRow<T>(
  sql: Sql,
  row: z.ZodType<T>,
  statement: Statement,
  values?: readonly unknown[],
): Promise<T> {
  const first = await firstRow(sql, row, statement, values);
  if (first === undefined) throw new Error(`no row from: ${textOf(statement).trim().slice(0, 80)}`);
  return first;
}

function textOf(statement: Statement): string {
  return typeof statement === 'string' ? statement : statement.text;
}
