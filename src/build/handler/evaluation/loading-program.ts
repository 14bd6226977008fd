import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type CompiledEngine, type Evaluation, evaluateHandler } from './engine-evaluation.js';
import { imageOf } from './engine-state.js';
import type { LoadReply } from './load-reply.js';
import type { LoadingSetup, LoadQuestion } from './loading-messages.js';
import { Rehearsal } from './rehearsal.js';

/**
 * Nine tenths of the time that loading a handler takes are over before the engine opens the handler's file. So
 * an engine is started ahead, and the thread sleeps in the call that opens the file until there is one.
 */

/** After an answer the machine is busy with what follows a save; the next engine is started behind that. */
const START_AFTER_MS = 400;

const { questions, wake, templateKey, base, module, bindings, facts, guestPath }: LoadingSetup = workerData;
const engine: CompiledEngine = { module, bindings, facts };

class Loading {
  /** Name of the handler that is expected next. */
  #expected = guestPath;
  #timer: NodeJS.Timeout | undefined;
  readonly #rehearsal = new Rehearsal(engine, () => this.#startAhead());

  begin(): void {
    questions.on('message', (question: LoadQuestion) => this.#load(question));
    this.#rehearsal.schedule();
  }

  #load(question: LoadQuestion): void {
    clearTimeout(this.#timer);
    this.#rehearsal.end();
    const { source, guestPath: path } = question;
    this.#answer(
      question,
      evaluateHandler(engine, () => Buffer.from(source, 'utf8'), path),
    );
  }

  /** Starts an engine and sleeps until the handler comes; one that another handler came for is left alone. */
  #startAhead(): void {
    const path = this.#expected;
    if (path === undefined) return;
    let question: LoadQuestion | undefined;
    const evaluation = evaluateHandler(
      engine,
      () => {
        question = nextQuestion();
        if (question.guestPath !== path) throw new Error('another handler than expected');
        return Buffer.from(question.source, 'utf8');
      },
      path,
    );
    if (question === undefined) throw new Error('the engine did not ask for its handler');
    if (question.guestPath === path) this.#answer(question, evaluation);
    else this.#load(question);
  }

  #answer({ guestPath: path }: LoadQuestion, evaluation: Evaluation): void {
    this.#expected = path;
    questions.postMessage(replyOf(evaluation));
    this.#timer = setTimeout(() => {
      // Every evaluation leaves a memory of 10 MB; V8 would keep dozens before it looks.
      globalThis.gc?.();
      this.#startAhead();
    }, START_AFTER_MS);
  }
}

/** The next question, waited for without giving up the call that the engine is in. */
function nextQuestion(): LoadQuestion {
  for (;;) {
    const received = receiveMessageOnPort(questions);
    if (received !== undefined) return received.message as LoadQuestion;
    Atomics.wait(wake, 0, 0);
    Atomics.store(wake, 0, 0);
  }
}

function replyOf(evaluation: Evaluation): LoadReply {
  return 'refusal' in evaluation ? evaluation : { image: imageOf(evaluation.state, templateKey, base) };
}

new Loading().begin();
