import { z } from 'zod';

/** Fields of an answer in camel case, however the host wrote them. Other values are left as they are. */
export function camelFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [camel(key), entry]));
}

function camel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A field that may be absent or null, both of which are "none" for the guest. */
export function optionalOf<T>(schema: z.ZodType<T>) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** As `optionalOf`, with a value in place of "none". */
export function defaulted<T>(schema: z.ZodType<T>, fallback: T) {
  return schema.nullish().transform((value) => value ?? fallback);
}

/** A text that may be absent or null. */
export const optionalText = optionalOf(z.string());
