import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';

describe('docker-compose.dev.yml', () => {
  it('publishes the product’s ports on loopback and nothing anywhere else', async () => {
    const text = await readFile(`${packageRoot()}docker-compose.dev.yml`, 'utf8');
    const lists = [...text.matchAll(/^ {4}ports:\n((?: {6}- .*\n)+)/gm)].flatMap(([, list = '']) =>
      list.trim().split('\n'),
    );
    const ports = lists.map((line) => line.trim().replace(/^- /, ''));
    expect(ports.sort()).toEqual([
      '127.0.0.1:4569:9000',
      '127.0.0.1:4570:9001',
      '127.0.0.1:5436:5432',
      '127.0.0.1:6379:6379',
      '127.0.0.1:8085:8080',
    ]);
    expect(text).not.toMatch(/network_mode|privileged|docker\.sock/);
  });
});
