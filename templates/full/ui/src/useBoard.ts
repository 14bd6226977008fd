import { useCallback, useEffect, useState } from 'react';
import type { Bridge } from './bridge.ts';
import type { Answer } from './types.ts';

/** What the handler said last, and the two ways of asking it. */
export interface Board {
  readonly answer: Answer | undefined;
  readonly problem: string | undefined;
  readonly refresh: () => Promise<void>;
  readonly addNote: (text: string) => Promise<void>;
}

/** Asks the handler once when the page opens, and again whenever told. */
export function useBoard(bridge: Bridge): Board {
  const [answer, setAnswer] = useState<Answer>();
  const [problem, setProblem] = useState<string>();

  const show = useCallback(async (work: Promise<Answer>) => {
    try {
      setAnswer(await work);
      setProblem(undefined);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }, []);
  const refresh = useCallback(() => show(bridge.call('GET', '/api/status')), [bridge, show]);
  const addNote = useCallback(
    (text: string) => show(bridge.call('POST', '/api/notes', { text })),
    [bridge, show],
  );
  useEffect(() => {
    void refresh();
  }, [refresh]);

  return { answer, problem, refresh, addNote };
}
