import { isSourceFile, SERVED_TYPES, servedByRunner } from '../../../build/ui/served-files.js';
import type { Check } from '../../check.js';
import { findArtifacts, findUiFiles } from '../../sources/artifacts.js';

/** Every file of the UI has a type the runner serves. */
export const uiAssetsCheck: Check = {
  id: 'project.ui-assets',
  title: 'The runner serves every file of the UI',
  group: 'project',
  why: 'The runner answers 400 for other file types, so the picture, font or module stays away.',
  run: async (view) => {
    const [{ uiFiles }, ownFiles] = await Promise.all([findArtifacts(view), findUiFiles(view)]);
    const refused = [...new Set([...uiFiles, ...ownFiles])].filter(
      (name) => servedByRunner(name) !== 'yes' && !isSourceFile(name),
    );
    if (refused.length === 0) return [];
    const shown = refused.slice(0, 5).map((name) => `ui/${name}`);
    const more = refused.length - shown.length;
    return [
      {
        severity: 'warning',
        seen: `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
        expected: `only files of the types ${SERVED_TYPES}`,
        fix: {
          summary: 'Convert the files, or take them out of the UI folder',
          command: 'alga build',
          safe: false,
        },
      },
    ];
  },
};
