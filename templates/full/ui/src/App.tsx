import { useState } from 'react';
import type { Bridge } from './bridge.ts';
import { Notes } from './Notes.tsx';
import { Status } from './Status.tsx';
import { useBoard } from './useBoard.ts';

/** The whole page: what the handler says, and a short list of notes that it keeps in storage. */
export function App({ bridge }: { bridge: Bridge }) {
  const { answer, problem, refresh, addNote } = useBoard(bridge);
  const [clicks, setClicks] = useState(0);

  return (
    <main className="page">
      <header className="header">
        <div>
          <h1>{document.title}</h1>
          <p className="muted">Edit ui/src/App.tsx and save: the page changes, its state stays.</p>
        </div>
        <button type="button" className="button button-soft" onClick={() => setClicks(clicks + 1)}>
          Clicked {clicks} times
        </button>
      </header>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="columns">
        <Status answer={answer} onRefresh={refresh} />
        <Notes notes={answer?.notes} onAdd={addNote} />
      </div>
    </main>
  );
}
