import { useState } from 'react';

/** The whole page. */
export function App() {
  const [clicks, setClicks] = useState(0);

  return (
    <main className="card">
      <h1>{document.title}</h1>
      <p>Edit ui/src/App.tsx and save: the page changes, its state stays.</p>
      <button type="button" onClick={() => setClicks(clicks + 1)}>
        Clicked {clicks} times
      </button>
    </main>
  );
}
