import { existsSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import type { ViteDevServer } from 'vite';
import { z } from 'zod';
import type { UiFailure } from '../failure.js';

/** What a page says of an error that its code has thrown and nobody has caught. */
const thrownSchema = z.object({ message: z.string().max(2000), stack: z.string().max(20_000) });

/** Places in a stack, as Chromium, Firefox and Safari write them. */
const PLACE = /(https?:\/\/[^\s()]+?):(\d+):(\d+)/g;
/** Modules that are not the author's: packages, and what Vite and we serve ourselves. */
const FOREIGN = /^\/(?:@|node_modules\/)/;
const MOST_TEXT = 300;

/** The failure behind a page's words, with its place in the sources; undefined for what no page of ours says. */
export async function thrownFailure(vite: ViteDevServer, said: unknown): Promise<UiFailure | undefined> {
  const thrown = thrownSchema.safeParse(said);
  if (!thrown.success) return undefined;
  const { message, stack } = thrown.data;
  const failure = { kind: 'thrown', text: message.split('\n', 1)[0]?.slice(0, MOST_TEXT) ?? '' } as const;
  for (const [, url = '', line, column] of stack.matchAll(PLACE)) {
    const place = await sourcePlace(vite, url, Number(line), Number(column));
    if (place !== undefined) return { ...failure, ...place };
  }
  return failure;
}

type Place = Required<Pick<UiFailure, 'file' | 'line' | 'column'>>;

/** The place in the author's file behind one in what was served. */
async function sourcePlace(
  vite: ViteDevServer,
  url: string,
  line: number,
  column: number,
): Promise<Place | undefined> {
  const { base, root } = vite.config;
  const { pathname } = new URL(url);
  const start = pathname.indexOf(base);
  const path = decodeURI(pathname.slice(start + base.length - 1));
  if (start < 0 || FOREIGN.test(path)) return undefined;
  const module = await vite.environments.client.moduleGraph.getModuleByUrl(path);
  const file = module?.file ?? join(root, path);
  if (!existsSync(file)) return undefined;
  const { map } = module?.transformResult ?? {};
  if (!map || map.mappings === '') return { file, line, column };
  const found = new SourceMap(JSON.parse(JSON.stringify(map))).findEntry(line - 1, column - 1);
  if (!('originalLine' in found)) return { file, line, column };
  return { file, line: found.originalLine + 1, column: found.originalColumn + 1 };
}
