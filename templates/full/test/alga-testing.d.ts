/** Types of `alga/testing`, which `alga test` provides. See the tests beside this file. */

declare module 'alga/testing' {
  /** The signed-in user a call is made for. */
  export interface TestUser {
    userId: string;
    userEmail: string;
    userName: string;
    userType: 'internal' | 'client';
    clientName?: string;
    /** Of a user of the client portal. */
    clientId?: string;
    additionalFields?: Readonly<Record<string, string>>;
  }

  export interface CallOptions {
    query?: Readonly<Record<string, string>>;
    headers?: Readonly<Record<string, string>>;
    /** Bytes and texts are sent as they are, anything else as JSON. */
    body?: unknown;
    /** Who calls; `null` is nobody, as in a scheduled run. `host.user` when left out. */
    user?: TestUser | null;
  }

  /** One line the handler wrote: through `alga:extension/logging`, or with `console`. */
  export interface LogLine {
    readonly level: 'info' | 'warn' | 'error';
    readonly stream: 'log' | 'stdout' | 'stderr';
    readonly text: string;
  }

  export interface TestAnswer {
    readonly status: number;
    /** By lower-case name; the last of two equal names. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array | undefined;
    /** What the handler wrote during this call. */
    readonly logs: readonly LogLine[];
    text(): string;
    json<T = unknown>(): T;
  }

  /** A request of the handler to the outside, with its body as text. */
  export interface OutgoingRequest {
    readonly method: string;
    /** An absolute address for `http.fetch`, a route for `ui-proxy`. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  }

  /** A programmed answer. `json` is sent as JSON text; `fail` lets the call fail with that reason. */
  export interface OutgoingAnswer {
    status?: number;
    headers?: Readonly<Record<string, string>>;
    json?: unknown;
    body?: string | Uint8Array;
    fail?: string;
  }

  export type Answering =
    | OutgoingAnswer
    | ((request: OutgoingRequest) => OutgoingAnswer | Promise<OutgoingAnswer>);

  export interface TestOutbound {
    /** Every request so far, in order. */
    readonly requests: readonly OutgoingRequest[];
    /**
     * Answers requests to an address; the newest fitting answer is taken. A text stands for the whole
     * address, or for all of it but the query. A request nothing answers fails the call.
     */
    on(method: string, url: string | RegExp, answer: Answering): void;
  }

  export interface TestStorage {
    /** Stores a value: bytes and texts as they are, anything else as JSON. */
    set(namespace: string, key: string, value: unknown): void;
    /** A stored value: parsed when it is JSON, else its text; undefined when there is none. */
    get(namespace: string, key: string): unknown;
    keys(namespace: string): string[];
  }

  export interface TestSchedule {
    id: string;
    endpointPath: string;
    endpointMethod: string;
    cron: string;
    timezone: string;
    enabled: boolean;
    name?: string | undefined;
    /** JSON text. */
    payload?: string | undefined;
  }

  export interface TestClient {
    clientId: string;
    clientName: string;
    clientType?: string;
    isInactive?: boolean;
    defaultCurrencyCode?: string;
    accountManagerId?: string;
    accountManagerName?: string;
    billingEmail?: string;
  }

  export interface TestService {
    serviceId: string;
    serviceName: string;
    itemKind?: 'service' | 'product';
    billingMethod?: 'fixed' | 'hourly' | 'usage';
    serviceTypeId?: string;
    serviceTypeName?: string;
    /** In minor units of the currency. */
    defaultRate?: number;
    unitOfMeasure?: string;
    isActive?: boolean;
    sku?: string;
  }

  export interface TestInvoice {
    readonly clientId: string;
    readonly items: ReadonlyArray<{
      readonly serviceId: string;
      readonly quantity: number;
      readonly description: string;
      readonly rate: number;
    }>;
    readonly invoiceDate?: string;
    readonly dueDate?: string;
    readonly poNumber?: string;
  }

  /** The host around the handler, in memory. Tests set what the handler finds and read what it did. */
  export interface TestHost {
    readonly tenantId: string;
    readonly extensionId: string;
    readonly installId: string;
    /** Who calls unless a call says otherwise; undefined is nobody. */
    user: TestUser | undefined;
    /** Secrets of the install, by name. */
    readonly secrets: Map<string, string>;
    readonly storage: TestStorage;
    readonly http: TestOutbound;
    readonly uiProxy: TestOutbound;
    readonly schedules: TestSchedule[];
    readonly clients: TestClient[];
    readonly services: TestService[];
    /** Invoices the handler has made. */
    readonly invoices: TestInvoice[];
    /** Everything as it was at the start. */
    reset(): void;
  }

  export interface StartOptions {
    /** Folder of the extension; the current one when left out. */
    project?: string;
    /** Build exactly as the product does: the clock stands still, random numbers repeat. Else as configured. */
    parity?: boolean;
    /** Milliseconds a call may take; 10000 when left out. */
    timeoutMs?: number;
  }

  /** The extension's real component, ready to be called. */
  export interface TestExtension {
    readonly host: TestHost;
    /**
     * Calls an endpoint of the manifest. Every call runs in a fresh copy of the handler; calls run one
     * after the other. Rejects with `HandlerFailure` when the handler does not answer.
     */
    call(method: string, path: string, options?: CallOptions): Promise<TestAnswer>;
    /** Ends what runs. */
    stop(): Promise<void>;
  }

  /** The handler threw, ran out of time or memory, or answered in a form the product refuses. */
  export class HandlerFailure extends Error {
    /** `trap`, `timeout`, `memory`, `import`, `exports`, `response` or `init`. */
    readonly reason: string;
    readonly logs: readonly LogLine[];
  }

  /** Builds the extension's handler and starts it between in-memory host services. */
  export function startExtension(options?: StartOptions): Promise<TestExtension>;
}
