import { shownPath } from '../../../project/files.js';
import type { HandlerInput } from '../door.js';

/**
 * Name of the evaluated source inside the guest: the entry's path in the project, so that it is the same on
 * every machine and stacks read naturally. It ends in `.js` because its lines are those of the bundled source.
 * The engine takes it from a command line that is split at spaces.
 */
export function guestPathOf(input: HandlerInput): string {
  const path = shownPath(input.projectRoot, input.handler.entry);
  const plain = path.replace(/\.[cm]?[jt]sx?$/, '').replace(/[^A-Za-z0-9._/-]/g, '_');
  return `${plain.replace(/^(?:\.\.?\/|\/)+/, '')}.js`;
}
