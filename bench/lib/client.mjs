import http from 'node:http';

const agent = new http.Agent({ keepAlive: true });

/** Asks over a kept connection; gives status and text. Takes less of the processor than `fetch`, which the measured share. */
export function ask(url, options = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, ...options }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
