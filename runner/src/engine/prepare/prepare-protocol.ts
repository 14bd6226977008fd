import type { FailureReason } from '../../executable.js';
import type { Preparation, PreparationInput } from './preparation.js';

export interface PrepareRequest extends PreparationInput {
  readonly id: number;
}

export type PrepareReply =
  | { readonly type: 'prepared'; readonly id: number; readonly preparation: Preparation }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly reason: FailureReason;
      readonly message: string;
    }
  /** Said after `prepared`, once, for code not seen before. */
  | { readonly type: 'analysed'; readonly shape: string; readonly restorable: boolean };
