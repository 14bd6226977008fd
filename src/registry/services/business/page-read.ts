import { z } from 'zod';
import { integer } from '../../database/columns.js';
import { onlyRow, type Sql } from '../../database/sql.js';

/** One page of a list. */
export interface Page<T> {
  readonly items: T[];
  readonly totalCount: number;
  /** Counts from 1. */
  readonly page: number;
  readonly pageSize: number;
}

/** What a list is read from. The texts are SQL of ours; what comes from a request is in `values`. */
export interface ListQuery<T> {
  readonly row: z.ZodType<T>;
  readonly columns: string;
  /** `FROM` with its joins. */
  readonly from: string;
  /** Condition over `$1` to `$n`, which are `values`. */
  readonly filter: string;
  /** Columns that put any two rows in an order, so that no row stands on two pages. */
  readonly order: string;
  readonly values: readonly unknown[];
}

const countRow = z.object({ total: integer });

/** Reads one page of a list, and how many rows all of its pages have. */
export async function readPage<T>(
  sql: Sql,
  { row, columns, from, filter, order, values }: ListQuery<T>,
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): Promise<Page<T>> {
  const [limit, offset] = [values.length + 1, values.length + 2];
  const items = await sql.rows(
    row,
    `SELECT ${columns} ${from} WHERE ${filter} ORDER BY ${order} LIMIT $${limit} OFFSET $${offset}`,
    [...values, pageSize, (page - 1) * pageSize],
  );
  const { total } = await onlyRow(sql, countRow, `SELECT count(*) AS total ${from} WHERE ${filter}`, values);
  return { items, totalCount: total, page, pageSize };
}
