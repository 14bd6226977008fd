import { z } from 'zod';

/** An endpoint a version declares. */
export interface Endpoint {
  readonly method: string;
  /** Path template; `:name` stands for any one segment. */
  readonly path: string;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type GatewayMethod = (typeof METHODS)[number];

/** Whether the gateway takes calls with this method, in capitals. */
export function isGatewayMethod(text: string): text is GatewayMethod {
  return (METHODS as readonly string[]).includes(text);
}

const endpointSchema = z.object({
  method: z
    .string()
    .transform((text) => text.trim().toUpperCase())
    .pipe(z.enum(METHODS)),
  path: z.string().trim().min(1),
  handler: z.string().trim().min(1),
});

/** The usable endpoints of a stored list. One with a bad method, no path or no handler is skipped, as in the product. */
export function readEndpoints(stored: unknown): Endpoint[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((entry) => {
    const parsed = endpointSchema.safeParse(entry);
    return parsed.success ? [{ method: parsed.data.method, path: parsed.data.path }] : [];
  });
}

/**
 * The first declared endpoint that a request meets: same method (HEAD counts as GET), same number of
 * segments, literal segments equal to the letter, no wildcard.
 */
export function matchEndpoint(
  endpoints: readonly Endpoint[],
  method: GatewayMethod,
  path: string,
): Endpoint | undefined {
  const asked = segmentsOf(path);
  return endpoints.find((endpoint) => {
    if (endpoint.method !== method) return false;
    const declared = segmentsOf(endpoint.path);
    return (
      declared.length === asked.length &&
      declared.every((segment, index) => segment.startsWith(':') || segment === asked[index])
    );
  });
}

function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}
