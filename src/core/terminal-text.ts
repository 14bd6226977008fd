/**
 * Escape sequences (CSI, OSC with either terminator, two-character escapes), remaining control
 * characters except tab and newline, and the bidirectional marks that can reorder shown text.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b.?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes text that did not come from us (guest logs, file names, build output) safe to print: it can
 * no longer move the cursor, set the title or clipboard, or hide text. Threat E3 of a terminal tool.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, '');
}
