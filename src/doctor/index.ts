export { CHECKS } from './catalogue.js';
export type { Check, Finding } from './check.js';
export { type ExamineOptions, examine, examineView } from './examine.js';
export { type Change, changeText } from './mend/change.js';
export { type Mended, mend, planOf, undoLast } from './mend/mending.js';
export { type CheckResult, exitCodeOf, type Report, reportData, reportSchema } from './report.js';
export { View } from './view.js';
