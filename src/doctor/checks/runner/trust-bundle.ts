import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Check, Observation } from '../../check.js';
import { ifSeen } from '../../unseen.js';

const VARIABLE = 'SIGNING_TRUST_BUNDLE';
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
const SOON_MS = 14 * 86_400_000;

/** The certificates by which bundles are checked can be read and are still valid. */
export const runnerTrustBundleCheck: Check = {
  id: 'runner.trust-bundle',
  title: 'The trusted signers can be read and have not expired',
  group: 'runner',
  why: 'Every signed bundle is refused, with the words of a bundle that was tampered with.',
  run: async (view) => {
    const runner = await ifSeen(view.runnerEnvironment());
    const value = (runner?.get(VARIABLE) ?? view.env[VARIABLE] ?? '').trim();
    if (value === '') return [];
    const text = value.includes('-----BEGIN') ? value : await readFile(value, 'utf8').catch(() => undefined);
    if (text === undefined) return [finding(`${VARIABLE} names the file ${value}, which cannot be read`)];
    const blocks = [...text.matchAll(BLOCK)];
    if (blocks.length === 0) return [finding(`${VARIABLE} holds nothing between BEGIN and END lines`)];
    return blocks.flatMap(([pem, kind]) => (kind === 'CERTIFICATE' ? ofCertificate(pem) : []));
  },
};

function ofCertificate(pem: string): Observation[] {
  try {
    const { subject, validFrom, validTo } = new X509Certificate(pem);
    const name = subject.replaceAll('\n', ', ');
    const left = new Date(validTo).getTime() - Date.now();
    if (left < 0) return [finding(`the certificate of ${name} expired on ${validTo}`)];
    if (new Date(validFrom).getTime() > Date.now())
      return [finding(`the certificate of ${name} is valid from ${validFrom} on`)];
    if (left > SOON_MS) return [];
    return [finding(`the certificate of ${name} expires on ${validTo}`, 'warning')];
  } catch {
    return [finding(`${VARIABLE} holds a certificate that cannot be read`)];
  }
}

function finding(seen: string, severity: Observation['severity'] = 'problem'): Observation {
  return {
    severity,
    seen,
    expected: 'PEM text, or a file of it, with certificates that are valid today',
    fix: {
      summary: "Put the signer's current certificate there, or do without signatures",
      command: `unset ${VARIABLE} && alga dev`,
      safe: false,
    },
  };
}
