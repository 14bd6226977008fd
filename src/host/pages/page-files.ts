import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import { packageRoot } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';

interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The files of our own pages, read once: the compiled browser modules and the assets. Only what was
 * found at start is ever served, so a request cannot name anything else.
 * Throws `HOST_PAGES_MISSING` when the browser modules were not compiled.
 */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  const modules = join(packageRoot(), 'dist', 'host-page');
  try {
    addFolder(files, modules, '');
    addFolder(files, fileURLToPath(new URL('../assets', import.meta.url)), 'assets/');
  } catch (error) {
    throw algaError('HOST_PAGES_MISSING', { folder: modules }, { cause: error });
  }
  return files;
}

function addFolder(files: Map<string, PageFile>, folder: string, prefix: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const type = TYPES[extname(entry.name)];
    if (entry.isDirectory()) addFolder(files, path, `${prefix}${entry.name}/`);
    else if (type) files.set(`${prefix}${entry.name}`, readPageFile(path, type));
  }
}

function readPageFile(path: string, type: string): PageFile {
  const bytes = readFileSync(path);
  return { bytes, type, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

/** Serves the files; mount under their prefix. */
export function pageFileRoute(files: ReadonlyMap<string, PageFile>): RequestHandler {
  return (req, res, next) => {
    const file = files.get(req.path.slice(1));
    if (!file || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
    res.setHeader('cache-control', 'no-cache');
    res.setHeader('etag', file.etag);
    if (req.headers['if-none-match'] === file.etag) return res.status(304).end();
    res.setHeader('content-type', file.type);
    res.setHeader('content-length', file.bytes.length);
    res.end(req.method === 'HEAD' ? undefined : file.bytes);
  };
}
