import { type FormEvent, useState } from 'react';
import type { Note } from './types.ts';

interface Props {
  readonly notes: readonly Note[] | undefined;
  readonly onAdd: (text: string) => Promise<void>;
}

/** Notes kept in the extension's key-value storage, and the form that adds one. */
export function Notes({ notes = [], onAdd }: Props) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    setBusy(true);
    await onAdd(text.trim());
    setText('');
    setBusy(false);
  };

  return (
    <section className="card" aria-labelledby="notes-title">
      <h2 id="notes-title">
        Notes <span className="badge">{notes.length}</span>
      </h2>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <input
          className="input"
          aria-label="New note"
          placeholder="Write a note"
          maxLength={200}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={busy || text.trim() === ''}>
          Add note
        </button>
      </form>
      {notes.length === 0 && <p className="muted">No notes yet.</p>}
      <ul className="notes">
        {notes.map((note) => (
          <li key={note.id}>
            <span>{note.text}</span>
            <small className="muted">
              {note.author}, {new Date(note.writtenAt).toLocaleString()}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
