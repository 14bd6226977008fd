import { ApiRefusal } from './api.js';
import type { BundleUploads, PublishedAnswer } from './bundle-uploads.js';
import { h } from './dom.js';
import { form } from './panels/panel.js';

/** Faults of the manifest in a bundle; Alga then asks for another one to publish the bundle with. */
const MANIFEST_FAULTS: ReadonlySet<string | undefined> = new Set([
  'MANIFEST_NOT_FOUND',
  'MANIFEST_EXTRACTION_FAILED',
  'INVALID_MANIFEST',
]);

export interface InstallFormOptions {
  readonly bundles: BundleUploads;
  /** Runs the work and shows its failure. */
  readonly attempt: (work: () => Promise<void>) => Promise<void>;
  /** Told what was published; installs it. */
  readonly onPublished: (published: PublishedAnswer) => Promise<void>;
}

/** The form for a bundle file. Where its manifest is at fault it asks for one, as Alga does. */
export function installForm({ bundles, attempt, onPublished }: InstallFormOptions): HTMLElement {
  const file = h('input', { class: 'input', type: 'file', name: 'bundle', accept: '.zst', required: true });
  const signature = h('input', { class: 'input', type: 'file', name: 'signature' });
  const manifest = h('textarea', { class: 'input', name: 'manifest', rows: 8, spellcheck: false });
  const manifestField = h(
    'label',
    { class: 'field', hidden: true },
    h('span', {}, 'Manifest to publish it with, in place of its own'),
    manifest,
  );
  const withManifest = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (error instanceof ApiRefusal && MANIFEST_FAULTS.has(error.code)) manifestField.hidden = false;
      throw error;
    }
  };
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, 'Install an extension'),
    h('p', { class: 'muted' }, 'A finished bundle.tar.zst, checked as Alga checks it.'),
    form(
      [
        h('label', { class: 'field' }, h('span', {}, 'Bundle file'), file),
        h('label', { class: 'field' }, h('span', {}, 'Signature file (if it has one)'), signature),
        manifestField,
      ],
      'Install',
      () =>
        attempt(async () => {
          const [bundle] = file.files ?? [];
          if (!bundle) return;
          const parts = { signature: signature.files?.[0], manifest: manifest.value };
          await withManifest(async () => onPublished(await bundles.publish(bundle, parts)));
        }),
    ),
  );
}
