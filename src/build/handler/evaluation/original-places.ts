import { SourceMap } from 'node:module';
import type { SourceLocation } from '../../../core/errors/alga-error.js';
import { locationAt, sourceFrame } from '../../../project/source-frame.js';
import type { SourceBundle } from '../bundling/source-bundle.js';

/** Finds the author's places behind places of the bundled source. */
export interface OriginalPlaces {
  /** Path of the entry module, relative to the project root. */
  readonly entry: string;
  /** Lines and columns count from 1; undefined for text that the bundler made up. */
  of(line: number, column: number): SourceLocation | undefined;
  /** The first place of a text in any of the author's files. */
  ofText(text: string): SourceLocation | undefined;
}

/** Reads a bundle's source map. */
export function originalPlaces(bundle: Pick<SourceBundle, 'sourceMap' | 'guestPath'>): OriginalPlaces {
  const payload = JSON.parse(bundle.sourceMap) as ConstructorParameters<typeof SourceMap>[0];
  const map = new SourceMap(payload);
  return {
    entry: payload.sources.at(-1) ?? bundle.guestPath,
    of: (line, column) => {
      const found = map.findEntry(line - 1, column - 1);
      if (!('originalSource' in found)) return undefined;
      const text = payload.sourcesContent[payload.sources.indexOf(found.originalSource)];
      const place = {
        file: found.originalSource,
        line: found.originalLine + 1,
        column: found.originalColumn + 1,
      };
      if (text === undefined) return place;
      return { ...place, frame: sourceFrame(text, place.line, place.column) };
    },
    ofText: (text) => {
      for (const [index, content] of payload.sourcesContent.entries()) {
        const at = content?.indexOf(text) ?? -1;
        if (at >= 0) return locationAt(payload.sources[index] ?? '', content, at, at + text.length);
      }
      return undefined;
    },
  };
}
