import express, { Router } from 'express';
import { z } from 'zod';
import { type ExtensionDirectory, registryIdOf } from '../extensions/extension-directory.js';
import type { CspViolation } from '../wire/records.js';

const text = z.string().max(2000);
const count = z.number().int().nonnegative();

/** Report of a browser, in the form of `report-uri`. */
const reportSchema = z.object({
  'csp-report': z.object({
    'effective-directive': text.optional(),
    'violated-directive': text.optional(),
    'blocked-uri': text.optional(),
    'source-file': text.optional(),
    'line-number': count.optional(),
    'column-number': count.optional(),
  }),
});

/** Takes the reports that browsers send when an extension's policy blocks something. */
export function cspReportRoute(
  directory: ExtensionDirectory,
  onViolation: (violation: CspViolation) => void,
): Router {
  const router = Router();
  const body = express.json({ type: ['application/csp-report', 'application/json'], limit: '32kb' });
  router.post('/__alga/csp/:id', body, (req, res) => {
    const registryId = registryIdOf(String(req.params.id));
    const extension = registryId && directory.state(registryId);
    const report = reportSchema.safeParse(req.body);
    if (!extension || !report.success) return res.status(400).json({ error: 'bad_request' });
    onViolation({
      at: new Date().toISOString(),
      registryId: extension.registryId,
      extension: extension.extension,
      ...violationOf(report.data['csp-report']),
    });
    res.status(204).end();
  });
  return router;
}

type Report = z.infer<typeof reportSchema>['csp-report'];

function violationOf(
  report: Report,
): Pick<CspViolation, 'directive' | 'blocked' | 'file' | 'line' | 'column'> {
  const file = report['source-file'];
  const line = report['line-number'];
  const column = report['column-number'];
  return {
    directive: report['effective-directive'] || report['violated-directive'] || 'unknown',
    blocked: report['blocked-uri'] || 'unknown',
    ...(file ? { file } : {}),
    ...(line ? { line } : {}),
    ...(column ? { column } : {}),
  };
}
