import { THROWN_STEP } from '../wire/extension-state.js';
import type { ExtensionState, PageError } from '../wire/messages.js';
import { fill, h } from './dom.js';
import { sourcePlace } from './editor-link.js';

type ShownError = ExtensionState['errors'][number];

/** Errors over the frame. The page under it keeps working, and the author may fold the errors away. */
export class ErrorOverlay {
  readonly element = h('section', {
    class: 'errors',
    'aria-label': 'Errors',
    'aria-live': 'assertive',
    hidden: true,
  });
  #folded = false;
  #shown = '';

  /** Shows these errors, or goes when there are none. Only new errors unfold it again. */
  show(errors: readonly ShownError[], projectRoot: string): void {
    const key = JSON.stringify(errors);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#folded = false;
    this.#draw(errors, projectRoot);
  }

  #draw(errors: readonly ShownError[], projectRoot: string): void {
    this.element.hidden = errors.length === 0;
    this.element.classList.toggle('is-folded', this.#folded);
    const fold = h(
      'button',
      {
        type: 'button',
        class: 'button',
        'aria-expanded': String(!this.#folded),
        on: {
          click: () => {
            this.#folded = !this.#folded;
            this.#draw(errors, projectRoot);
          },
        },
      },
      this.#folded ? 'Show' : 'Fold away',
    );
    const isThrown = errors.every(({ step }) => step === THROWN_STEP);
    const single = isThrown ? 'The page has thrown an error' : 'The last save did not make it';
    const title = errors.length === 1 ? single : `${errors.length} errors`;
    fill(
      this.element,
      h(
        'header',
        { class: 'errors-head' },
        h('strong', {}, title),
        isThrown ? undefined : h('span', { class: 'muted' }, 'The last good version below keeps working.'),
        fold,
      ),
      ...(this.#folded ? [] : errors.map(({ error }) => errorCard(error, projectRoot))),
    );
  }
}

function errorCard(error: PageError, projectRoot: string): HTMLElement {
  const { file, line, column } = error;
  return h(
    'article',
    { class: 'error' },
    h('p', { class: 'error-code' }, error.code),
    h('p', { class: 'error-message' }, error.message),
    file === undefined ? undefined : sourcePlace(projectRoot, { file, line, column }),
    error.frame === undefined ? undefined : h('pre', { class: 'error-frame', tabindex: 0 }, error.frame),
    error.cause === undefined ? undefined : h('p', { class: 'muted' }, error.cause),
    h('p', { class: 'error-hint' }, error.hint),
  );
}
