import type { ExtensionState } from './messages.js';

/** What a page is told when it is opened; everything after comes over the live channel. */
export interface PageBoot {
  readonly view: 'extension' | 'settings';
  /** Which app the page stands for. */
  readonly portal: 'msp' | 'client';
  /** The extension of the page, as its address names it. */
  readonly registryId?: string;
  /** Proves to the host that a request comes from this page. */
  readonly token: string;
  /** Changes with every start of `alga dev`. */
  readonly session: string;
  /** Origin under which extensions are framed, apart from the page's own. */
  readonly frameOrigin: string;
  /** Path below which that origin serves the extension's files to a sealed frame. */
  readonly sealedPath?: string;
  readonly tenant: { readonly id: string; readonly name: string };
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
  readonly users: readonly {
    readonly key: string;
    readonly title: string;
    readonly name: string;
    readonly type: string;
  }[];
  /** Key of the user requests are made as. */
  readonly user: string;
  readonly extensions: readonly ExtensionState[];
  /** Why nothing could be looked up for this page; it is shown in the place of everything else. */
  readonly loadError?: { readonly message: string; readonly hint: string };
}
