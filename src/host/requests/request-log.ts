import type { GuestLog, HostCall, RequestRecord } from '../wire/records.js';
import { RequestTrace, type TraceEnd, type TraceStart } from './request-trace.js';

/** Requests that are kept for pages which open later. */
const KEPT = 200;

/** Log lines and host calls that are kept of one request. */
const KEPT_LINES = 500;

/** The gateway's requests: those on their way, and the latest answered ones. */
export class RequestLog {
  readonly #open = new Map<string, RequestTrace>();
  readonly #answered: { record: RequestRecord; trace: RequestTrace }[] = [];
  readonly #onAnswered: (record: RequestRecord) => void;

  constructor(onAnswered: (record: RequestRecord) => void) {
    this.#onAnswered = onAnswered;
  }

  begin(start: TraceStart): RequestTrace {
    const trace = new RequestTrace(start);
    this.#open.set(start.requestId, trace);
    return trace;
  }

  end(trace: RequestTrace, answer: TraceEnd): void {
    const record = trace.end(answer);
    if (this.#open.get(trace.requestId) === trace) this.#open.delete(trace.requestId);
    this.#answered.unshift({ record, trace });
    if (this.#answered.length > KEPT) this.#answered.pop();
    this.#onAnswered(record);
  }

  /** Adds a guest's line to its request. It may come after the answer, because lines arrive in batches. */
  addLog(log: GuestLog): void {
    const found = log.requestId === undefined ? undefined : this.#find(log.requestId);
    if (found && found.lines < KEPT_LINES) found.log(log);
  }

  /**
   * Adds a call of the runner to the request it was made for: the one with that id or, when the
   * runner does not say, the only one under way for that extension.
   */
  addHostCall(of: { requestId: string | undefined; registryId: string }, call: HostCall): void {
    const open = [...this.#open.values()].filter((trace) => trace.registryId === of.registryId);
    const named = of.requestId === undefined ? undefined : this.#open.get(of.requestId);
    const meant = named ?? (open.length === 1 ? open[0] : undefined);
    if (meant && meant.lines < KEPT_LINES) meant.hostCall(call);
  }

  /** Newest first. */
  recent(): RequestRecord[] {
    return this.#answered.map(({ record }) => record);
  }

  #find(requestId: string): RequestTrace | undefined {
    return (
      this.#open.get(requestId) ?? this.#answered.find(({ record }) => record.requestId === requestId)?.trace
    );
  }
}
