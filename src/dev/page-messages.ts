import type { RegistryId } from '../core/ids.js';
import type { Host, PageMessage } from '../host/index.js';
import type { EventStream } from './event-stream.js';
import type { SessionEvent } from './events.js';

/** Where the pages of an extension are found. */
interface PageOwner {
  readonly extension: string;
  registryId(): RegistryId;
}

/**
 * Shows on the pages what the session says, for as long as the returned function is not called.
 * Requests and guest logs are not passed on: the host itself has seen them.
 */
export function tellPages(events: EventStream, host: Host, owners: () => readonly PageOwner[]): () => void {
  return events.subscribe((event) => {
    const message = pageMessage(event);
    if (!message) return;
    const named = 'extension' in event ? event.extension : undefined;
    const owner = owners().find(({ extension }) => extension === named);
    if (named === undefined) host.tell(undefined, message);
    else if (owner) host.tell(owner.registryId(), message);
  });
}

function pageMessage(event: SessionEvent): PageMessage | undefined {
  switch (event.type) {
    case 'step':
      return { type: 'step', step: event.step, state: event.state, ms: event.ms, detail: event.detail };
    case 'live':
      return {
        type: 'live',
        lane: event.lane,
        ms: event.ms,
        contentHash: event.contentHash,
        changed: event.changed,
        files: event.files,
      };
    case 'error': {
      const { code, message, hint, cause, file, line, column, frame } = event;
      return {
        type: 'error',
        step: event.step,
        error: { code, message, hint, cause, file, line, column, frame },
      };
    }
    case 'note':
      return { type: 'note', message: event.message };
    default:
      return undefined;
  }
}
