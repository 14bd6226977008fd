import type { SessionCommand } from '../dev/commands.js';

/** What a key does to the screen itself. */
export type ViewAction = 'filter' | 'clear' | 'help' | 'select';

/** Commands that need nothing but a key and the chosen extension. */
type KeyCommand = Exclude<SessionCommand['type'], 'useVersion'>;

/** One row of the key table: help, key bar and input all come from it. */
export interface KeyBinding {
  /** The character, as the terminal sends it. */
  readonly key: string;
  /** How the key is written for people. */
  readonly label: string;
  /** For the bar at the bottom; absent for keys that only the help names. */
  readonly short?: string;
  /** In the bar only while there is something for it to do, in the place of keys that are seldom needed. */
  readonly when?: 'mendable';
  readonly help: string;
  readonly does: { readonly command: KeyCommand } | { readonly view: ViewAction };
}

/** All keys, in the order in which help and bar show them. */
export const KEYS: readonly KeyBinding[] = [
  { key: 'r', label: 'r', short: 'rebuild', help: 'build and publish again', does: { command: 'rebuild' } },
  { key: 'R', label: 'R', short: 'runner', help: 'restart the runner', does: { command: 'restartRunner' } },
  {
    key: 'o',
    label: 'o',
    short: 'open',
    help: 'open the page in the browser',
    does: { command: 'openPage' },
  },
  { key: 'd', label: 'd', short: 'doctor', help: 'run the doctor', does: { command: 'doctor' } },
  {
    key: 'f',
    label: 'f',
    short: 'mend',
    when: 'mendable',
    help: 'mend what the doctor finds',
    does: { command: 'mend' },
  },
  {
    key: 'l',
    label: 'l',
    short: 'log',
    help: 'show all, build, request or guest lines only',
    does: { view: 'filter' },
  },
  {
    key: 'b',
    label: 'b',
    short: 'back',
    help: 'serve the previous version again',
    does: { command: 'previousVersion' },
  },
  { key: 'c', label: 'c', short: 'clear', help: 'clear the screen', does: { view: 'clear' } },
  { key: '?', label: '?', short: 'help', help: 'show or hide this list', does: { view: 'help' } },
  { key: '\t', label: 'Tab', help: 'choose the extension that keys act on', does: { view: 'select' } },
  {
    key: 'q',
    label: 'q',
    short: 'quit',
    help: 'stop everything and leave (also Ctrl-C)',
    does: { command: 'quit' },
  },
];

/** The binding of a pressed key. */
export function bindingOf(input: string): KeyBinding | undefined {
  return KEYS.find(({ key }) => key === input);
}

/** The session command for a name; those that concern extensions narrowed to the chosen one. */
export function commandOf(type: KeyCommand, extension: string | undefined): SessionCommand {
  const target = extension === undefined ? {} : { extension };
  switch (type) {
    case 'rebuild':
    case 'openPage':
    case 'previousVersion':
      return { type, ...target };
    default:
      return { type };
  }
}
