import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path as it was sent, percent-encoding and all. */
  readonly path: string;
  /** Query as it was sent, without the question mark. */
  readonly query: string;
}

/** One route of the runner. `name` labels its metrics. */
export interface Route {
  readonly name: string;
  readonly methods: readonly string[];
  /** Whether a raw path is this route's, whatever the method. */
  matches(path: string): boolean;
  handle(exchange: Exchange): Promise<void>;
}

/** A request header as one string; repeated ones joined, absent ones undefined. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
