import { z } from 'zod';

/** A `timestamptz` as the driver gives it. */
export const timestamp = z.date();

/** A `bigint` or an aggregate: text in the driver, since it may exceed a JavaScript number. */
export const integer = z.coerce.number().int();

/** A `jsonb` value. */
export const json = z.json();

/** A `jsonb` array of texts; entries of another type are left out, as the product's readers do. */
export const textArray = z
  .array(z.unknown())
  .catch([])
  .transform((items) => items.filter((item) => typeof item === 'string'));
