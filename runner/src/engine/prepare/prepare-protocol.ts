import type { FailureReason } from '../../executable.js';
import type { ProgramShape } from '../worker/protocol.js';
import type { Preparation, PreparationInput } from './preparation.js';

export interface PrepareRequest extends PreparationInput {
  readonly id: number;
  /** Key of a shape that whoever asks has: it need not be sent, and takes longer to send than to make. */
  readonly knownShape: string | undefined;
}

/** A preparation whose shape may be named only. */
export type SentPreparation = Omit<Preparation, 'shape'> & {
  readonly shape: ProgramShape | Pick<ProgramShape, 'key' | 'restorable'>;
};

export type PrepareReply =
  | { readonly type: 'prepared'; readonly id: number; readonly preparation: SentPreparation }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly reason: FailureReason;
      readonly message: string;
    }
  /** Said after `prepared`, once, for code not seen before. */
  | { readonly type: 'analysed'; readonly shape: string; readonly restorable: boolean };
