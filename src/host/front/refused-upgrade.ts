import type { Duplex } from 'node:stream';

/** Ends an upgrade with a plain HTTP status. */
export function refuseUpgrade(socket: Duplex, status: 400 | 401 | 403 | 404): void {
  const reason = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }[status];
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
