import type { Serializable } from 'node:child_process';
import { z } from 'zod';
import { tieToParent } from './parent-tie.js';

const messageSchema = z.union([
  z.object({ id: z.number(), question: z.unknown() }),
  z.object({ cancel: z.number() }),
]);

/**
 * The program's end of a `WarmProgram`: answers each question with what `answer` gives. `answer` must not
 * throw for anything the author did; a throw ends the program, and its text is what the parent reports.
 * `folder`: a place of this program alone, removed at its end.
 */
export function serveQuestions(
  answer: (question: unknown, signal: AbortSignal) => Promise<Serializable>,
  folder?: string,
): void {
  tieToParent(folder);
  const running = new Map<number, AbortController>();
  process.on('message', (raw) => {
    const message = messageSchema.parse(raw);
    if ('cancel' in message) {
      running.get(message.cancel)?.abort();
      return;
    }
    const controller = new AbortController();
    running.set(message.id, controller);
    void answer(message.question, controller.signal).then((reply) => {
      running.delete(message.id);
      process.send?.({ id: message.id, reply });
    });
  });
}
