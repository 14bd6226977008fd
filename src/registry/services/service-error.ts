import type { z } from 'zod';

/**
 * A host service refused a guest's request. `status` and `body` are the answer the product gives;
 * shapes differ from service to service, so the body is made where the refusal is.
 */
export class ServiceError extends Error {
  readonly status: number;
  /** Machine-readable reason; null where the product sends none. */
  readonly code: string | null;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string | null, body: Readonly<Record<string, unknown>>) {
    super(typeof body.error === 'string' ? body.error : (code ?? 'refused'));
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

/** A refusal with `{error, code, details}`, as storage and scheduler answer. */
export function refusal(status: number, code: string, error: string, details: unknown = null): ServiceError {
  return new ServiceError(status, code, { error, code, details });
}

/** Schema errors in the flattened form the product sends. */
export interface FlatIssues {
  readonly formErrors: string[];
  readonly fieldErrors: Record<string, string[]>;
}

/** All issues, by the top-level field they are in. */
export function flatten(error: z.ZodError): FlatIssues {
  const flat: FlatIssues = { formErrors: [], fieldErrors: {} };
  for (const { path, message } of error.issues) {
    const [field] = path;
    if (field === undefined) flat.formErrors.push(message);
    else flat.fieldErrors[String(field)] = [...(flat.fieldErrors[String(field)] ?? []), message];
  }
  return flat;
}

/** The input as the schema has it; a fault is answered as storage and scheduler do (400, no code). */
export function checkedInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ServiceError(400, null, { error: 'Validation error', details: flatten(parsed.error) });
}
