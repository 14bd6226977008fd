import { shownPath } from '../files.js';
import type { HandlerShape } from '../types.js';
import type { ProjectParts } from './parts.js';

/** One line for people: what a project consists of. */
export function summariseParts(root: string, parts: ProjectParts): string {
  const { handler, component, componentBuild, ui, refusedWit } = parts;
  const texts: string[] = [];
  if (handler !== undefined) texts.push(handlerText(root, handler, refusedWit));
  else if (componentBuild !== undefined)
    texts.push(`component built by "${componentBuild.command.join(' ')}"`);
  else if (component !== undefined) texts.push(`ready component ${shownPath(root, component)}`);
  else texts.push('no handler');
  if (ui === undefined) texts.push('no UI');
  else {
    const how =
      ui.build === undefined
        ? { static: 'plain files', vite: 'built by Vite', prebuilt: 'ready' }[ui.kind]
        : `built by "${ui.build.command.join(' ')}"`;
    texts.push(`UI ${shownPath(root, ui.root)}/ (${how})`);
  }
  return texts.join(', ');
}

function handlerText(root: string, handler: HandlerShape, refusedWit: string | undefined): string {
  const language = /\.[cm]?tsx?$/.test(handler.entry) ? 'TypeScript' : 'JavaScript';
  const builtIn = refusedWit === undefined ? 'built-in WIT' : 'built-in WIT in place of an outdated one';
  const wit = handler.witPath === undefined ? builtIn : shownPath(root, handler.witPath);
  return `${language} handler ${shownPath(root, handler.entry)} (${wit})`;
}
