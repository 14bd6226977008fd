import { spec } from './define.js';

/** Errors of the `doctor` room. See `catalogue.ts` for how they are joined. */
export const doctorErrors = {
  DOCTOR_NOT_DEVELOPMENT: spec<{ what: string }>(
    2,
    (p) => `The ${p.what} is not recognised as one for development; nothing was changed or sent.`,
    () => 'alga doctor only mends the embedded stack on this machine.',
  ),
  DOCTOR_CHECK_UNKNOWN: spec<{ id: string; near: string }>(
    2,
    (p) => `There is no check named ${JSON.stringify(p.id)}.`,
    (p) => `${p.near === '' ? '' : `Did you mean ${p.near}? `}See them all with: alga doctor --list`,
  ),
  DOCTOR_NOTHING_TO_UNDO: spec<{ project: string }>(
    1,
    (p) => `There is no mending to undo in ${p.project}.`,
    () => 'What was mended is listed in .alga/doctor/.',
  ),
  DOCTOR_CHANGED_SINCE: spec<{ what: string }>(
    1,
    (p) => `${p.what} is not as the doctor left it, so nothing was changed.`,
    () => 'Look at it again with: alga doctor',
  ),
} as const;
