import type { IncomingHttpHeaders } from 'node:http';
import type { TenantId } from '../../core/ids.js';
import type { RequestRecord } from '../wire/records.js';
import type { UserChoice } from './acting-user.js';
import type { GatewayRoute } from './guest-headers.js';

/** A request to the gateway, free of any web framework. */
export interface GatewayCall {
  readonly route: GatewayRoute;
  /** The extension as the caller named it. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** Reads the body once; undefined when it is larger than `limit` bytes. */
  readonly readBody: (limit: number) => Promise<Buffer | undefined>;
  readonly origin: RequestRecord['origin'];
  /** Tenant of the session the request is made in. */
  readonly tenantId: TenantId;
  readonly user: UserChoice;
}

/** The gateway's answer. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}
