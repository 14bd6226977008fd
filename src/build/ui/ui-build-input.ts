import type { UiShape } from '../../project/types.js';

/** What is built: the UI of one project. */
export interface UiBuildInput {
  readonly projectRoot: string;
  readonly ui: UiShape;
  /** Absolute path of the folder to build into; its old content is replaced as a whole, and only on success. */
  readonly outDir: string;
}
