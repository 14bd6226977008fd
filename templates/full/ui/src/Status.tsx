import type { Answer } from './types.ts';

interface Props {
  readonly answer: Answer | undefined;
  readonly onRefresh: () => Promise<void>;
}

/** What the handler said last. */
export function Status({ answer, onRefresh }: Props) {
  return (
    <section className="card" aria-labelledby="status-title">
      <h2 id="status-title">Handler</h2>
      <p className="message" data-testid="message" aria-live="polite">
        {answer?.message ?? 'Waiting for the handler …'}
      </p>
      <dl className="facts">
        <dt>User</dt>
        <dd>{answer?.user ? `${answer.user.name} (${answer.user.type})` : '–'}</dd>
        <dt>Tenant</dt>
        <dd className="mono">{answer?.tenantId ?? '–'}</dd>
        <dt>Answered</dt>
        <dd>{answer ? new Date(answer.answeredAt).toLocaleTimeString() : '–'}</dd>
      </dl>
      <button type="button" className="button" onClick={() => void onRefresh()}>
        Ask again
      </button>
    </section>
  );
}
