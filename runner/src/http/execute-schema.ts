import { z } from 'zod';

// JSON cannot carry undefined, so "optional" is an absent field and "nullish" also takes null.
const text = z.string();
const optionalText = text.nullish();
const textMap = z.record(text, text);
const count = z.number().refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number');

const user = z
  .object({
    user_id: text,
    user_email: text,
    user_name: text,
    user_type: text,
    client_name: text.optional(),
    /** What older gateways call `client_name`. */
    company_name: text.optional(),
    client_id: optionalText,
    additional_fields: textMap.optional(),
  })
  .refine((value) => value.client_name === undefined || value.company_name === undefined, {
    message: 'client_name and company_name are the same field',
  })
  .transform(({ company_name: alias, ...value }) => ({
    ...value,
    client_name: value.client_name ?? alias ?? '',
  }));

/** Body of `POST /v1/execute`. Unknown fields are ignored, as callers do send some. */
export const executeSchema = z.object({
  context: z.object({
    request_id: optionalText,
    tenant_id: text,
    extension_id: text,
    install_id: optionalText,
    content_hash: text,
    version_id: optionalText,
    config: textMap.optional(),
  }),
  http: z.object({
    method: text,
    path: text,
    query: textMap.optional(),
    headers: textMap.optional(),
    body_b64: optionalText,
  }),
  limits: z
    .object({ timeout_ms: count.nullish(), memory_mb: count.nullish(), fuel: count.nullish() })
    .optional(),
  providers: z.array(text).optional(),
  secret_envelope: z
    .object({
      ciphertext_b64: text,
      algorithm: optionalText,
      version: optionalText,
      expires_at: optionalText,
      key_path: optionalText,
      mount: optionalText,
    })
    .nullish(),
  user: user.nullish(),
});

export type ExecuteBody = z.infer<typeof executeSchema>;
