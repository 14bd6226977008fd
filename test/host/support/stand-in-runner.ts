import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An execute call as it arrived. */
export interface ExecuteSeen {
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it field by field
  readonly body: any;
}

/** What the guest of the stand-in answers. */
export interface GuestAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly error?: string;
}

/** A runner without an engine: it records what it is asked and answers what a test tells it to. */
export interface StandInRunner {
  readonly url: string;
  readonly seen: ExecuteSeen[];
  readonly files: { method: string; url: string; headers: IncomingHttpHeaders }[];
  /** Answers of guests from now on. */
  guest: (call: ExecuteSeen) => GuestAnswer | Promise<GuestAnswer>;
  /** Takes over the whole HTTP answer of execute calls; undefined goes back to guests. */
  transport: ((res: ServerResponse) => void) | undefined;
  /** Takes over the answer to requests for files. */
  file: (req: IncomingMessage, res: ServerResponse) => void;
  stop(): Promise<void>;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

export async function startStandInRunner(): Promise<StandInRunner> {
  const server = createServer((req, res) => {
    res.setHeader('cache-control', IMMUTABLE);
    if (req.method === 'POST' && req.url === '/v1/execute') {
      void execute(req, res);
      return;
    }
    runner.files.push({ method: String(req.method), url: String(req.url), headers: req.headers });
    runner.file(req, res);
  });
  const runner: StandInRunner = {
    url: '',
    seen: [],
    files: [],
    guest: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }),
    transport: undefined,
    file: (_req, res) => res.writeHead(404).end(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const execute = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const call: ExecuteSeen = { headers: req.headers, body: JSON.parse(Buffer.concat(chunks).toString()) };
    runner.seen.push(call);
    if (runner.transport) return runner.transport(res);
    const { status = 200, headers = {}, body, error } = await runner.guest(call);
    res.setHeader('content-type', 'application/json');
    res.end(
      JSON.stringify({
        status,
        headers,
        body_b64: body === undefined ? null : Buffer.from(body).toString('base64'),
        error: error ?? null,
      }),
    );
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(runner, { url: `http://127.0.0.1:${port}` });
}
