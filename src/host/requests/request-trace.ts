import type { GuestLog, HostCall, RequestRecord, RequestTimings } from '../wire/records.js';
import { captureBody } from './captured-body.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is known of a request when it arrives. */
export interface TraceStart {
  readonly requestId: string;
  readonly registryId: string;
  readonly extension: string;
  readonly origin: RequestRecord['origin'];
  readonly route: RequestRecord['route'];
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** How a request was answered. */
export interface TraceEnd {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** One request on its way; becomes a {@link RequestRecord} when it is answered. */
export class RequestTrace {
  readonly #began = performance.now();
  readonly #timings: Mutable<RequestTimings> = { held: 0, access: 0, hydrate: 0, runner: 0 };
  readonly #hostCalls: HostCall[] = [];
  readonly #logs: GuestLog[] = [];
  readonly #notes: string[] = [];
  readonly #record: Mutable<RequestRecord>;
  #mark = this.#began;

  constructor(start: TraceStart) {
    this.#record = {
      ...start,
      at: new Date().toISOString(),
      status: 0,
      ms: 0,
      request: { headers: {} },
      response: { headers: {} },
      timings: this.#timings,
      hostCalls: this.#hostCalls,
      logs: this.#logs,
      notes: this.#notes,
    };
  }

  get requestId(): string {
    return this.#record.requestId;
  }

  get registryId(): string {
    return this.#record.registryId;
  }

  /** Log lines and host calls so far. */
  get lines(): number {
    return this.#logs.length + this.#hostCalls.length;
  }

  /** The extension, known better than at the start. */
  identify(registryId: string, extension: string): void {
    this.#record.registryId = registryId;
    this.#record.extension = extension;
  }

  /** Books the time since the last mark on one part of the request. */
  mark(part: keyof RequestTimings): void {
    const now = performance.now();
    this.#timings[part] = rounded(this.#timings[part] + now - this.#mark);
    this.#mark = now;
  }

  /** What the guest was sent. */
  sent(method: string, headers: Readonly<Record<string, string>>, body: Buffer | undefined): void {
    const captured = captureBody(body);
    this.#record.method = method;
    this.#record.request = { headers, ...(captured ? { body: captured } : {}) };
  }

  set(facts: Partial<Pick<RequestRecord, 'contentHash' | 'error' | 'runnerError' | 'user'>>): void {
    Object.assign(this.#record, facts);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  hostCall(call: HostCall): void {
    this.#hostCalls.push(call);
    if (call.remark !== undefined) this.note(call.remark);
  }

  log(log: GuestLog): void {
    this.#logs.push(log);
  }

  end(answer: TraceEnd): RequestRecord {
    const body = captureBody(answer.body);
    Object.assign(this.#record, {
      status: answer.status,
      ms: rounded(performance.now() - this.#began),
      response: { headers: answer.headers, ...(body ? { body } : {}) },
    });
    return this.#record;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
