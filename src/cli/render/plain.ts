import type { SessionEvent } from '../../dev/events.js';
import { eventLines } from '../../tui/text/event-lines.js';
import { painter, wantsColor } from '../../tui/text/paint.js';

export type EventRenderer = (event: SessionEvent) => string[];

/**
 * Renders session events as lines for people: for output that is no terminal. The extension is
 * named on each line once there is more than one. Colours by default as stdout and `NO_COLOR` say.
 */
export function createPlainRenderer(options: { color?: boolean } = {}): EventRenderer {
  const paint = painter(options.color ?? wantsColor(process.stdout));
  const seen = new Set<string>();
  return (event) => {
    if ('extension' in event && event.extension !== undefined) seen.add(event.extension);
    return eventLines(event, { paint, showExtension: seen.size > 1, full: true });
  };
}
