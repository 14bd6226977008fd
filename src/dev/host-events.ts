import { contentHashSchema } from '../core/ids.js';
import type { GuestLog, HostEvents, RequestRecord } from '../host/index.js';
import type { SessionCommand } from './commands.js';
import type { Emit } from './event-stream.js';
import type { UnstampedEvent } from './events.js';

/** Turns what the host sees into session events and hands on what its pages ask for. */
export function hostEvents(emit: Emit, send: (command: SessionCommand) => void): HostEvents {
  return {
    onRequest: (record) => emit(requestEvent(record)),
    onGuestLog: (log) => emit(guestLogEvent(log)),
    onCspViolation: (violation) =>
      emit({
        type: 'warning',
        extension: violation.extension,
        code: 'UI_BLOCKED_BY_CSP',
        message: `${violation.directive} blocked ${violation.blocked}`,
        hint: 'The product blocks it too: ship the file with the UI, and keep scripts out of the HTML.',
        ...(violation.file ? { file: violation.file } : {}),
        ...(violation.line ? { line: violation.line } : {}),
        ...(violation.column ? { column: violation.column } : {}),
      }),
    onCommand: send,
  };
}

function requestEvent(record: RequestRecord): UnstampedEvent {
  const hash = contentHashSchema.safeParse(record.contentHash);
  return {
    type: 'request',
    extension: record.extension,
    requestId: record.requestId,
    method: record.method,
    path: record.path,
    status: record.status,
    ms: Math.round(record.ms),
    ...(hash.success ? { contentHash: hash.data } : {}),
    ...(record.runnerError ? { runnerError: record.runnerError } : {}),
  };
}

function guestLogEvent(log: GuestLog): UnstampedEvent {
  const level = log.level === 'error' || log.level === 'warn' ? log.level : 'info';
  return {
    type: 'guestLog',
    level,
    stream: log.stream,
    message: log.message,
    ...(log.extension ? { extension: log.extension } : {}),
    ...(log.requestId ? { requestId: log.requestId } : {}),
  };
}
