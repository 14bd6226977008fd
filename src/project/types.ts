import type { RegistryId, VersionId } from '../core/ids.js';

/** Manifest v2 as the product validates it; the schema lives in `manifest.ts`. */
export interface Manifest {
  readonly name: string;
  readonly publisher?: string | undefined;
  readonly version: string;
  readonly runtime: string;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly capabilities: readonly string[];
  readonly ui?: ManifestUi | undefined;
  readonly api?: { readonly endpoints: readonly ManifestEndpoint[] } | undefined;
  readonly assets?: readonly string[] | undefined;
}

export interface ManifestUi {
  readonly type: 'iframe';
  readonly entry: string;
  readonly hooks?: {
    readonly appMenu?: { readonly label: string } | undefined;
    readonly clientPortalMenu?: { readonly label: string } | undefined;
  };
}

/** An endpoint in normal form: method upper case, path with one leading slash. */
export interface ManifestEndpoint {
  readonly method: string;
  readonly path: string;
  readonly handler: string;
}

/** The names and ids by which registry, store and runner know an extension. */
export interface ExtensionIdentity {
  /** Manifest publisher, or `local-dev` when the manifest has none (as the product's install script does). */
  readonly publisher: string;
  readonly name: string;
  /** Concrete version; a wildcard `X.Y.*` of the manifest is resolved by the registry. */
  readonly version: string;
  /** Proposed ids; the ids that the database returns win. */
  readonly registryId: RegistryId;
  readonly versionId: VersionId;
}

/** Where the handler's source is and how it becomes a component. */
export interface HandlerShape {
  /** Absolute path of the module that exports `handler`. */
  readonly entry: string;
  /** Folder with the handler's own package.json and wit folder; the project root in most projects. */
  readonly root: string;
  /** Absolute path of the project's WIT file, when it has one. */
  readonly witPath?: string;
  /** Why this module was chosen; one phrase for people. */
  readonly why?: string;
}

/** Where the UI is and how it is built. */
export interface UiShape {
  /** Absolute path of the folder that holds `index.html`; the Vite root for `vite`. */
  readonly root: string;
  /**
   * `static`: the folder is shipped as it is; `vite`: built by Vite from `root/index.html`;
   * `prebuilt`: built by the project's own script into `root`.
   */
  readonly kind: 'static' | 'vite' | 'prebuilt';
  /** Absolute path of the project's own Vite configuration, when it has one. */
  readonly viteConfig?: string;
  /**
   * Files the page loads that are outputs of the project's own build. When Vite serves or builds the
   * page, each is replaced by the source it is made from.
   */
  readonly replacements?: readonly UiReplacement[];
  /** Absolute paths of the sources that a `vite` page loads by itself. */
  readonly entries?: readonly string[];
  /** How a `prebuilt` UI is made; absent when only its output is there. */
  readonly build?: BuildCommand;
  /** Why it is built this way; one phrase for people. */
  readonly why?: string;
}

/** A build of the project's own that is the truth: run as it is, and again when its inputs change. */
export interface BuildCommand {
  /** Program and arguments; run without a shell. */
  readonly command: readonly string[];
  /** Absolute path of the folder it is run in. */
  readonly cwd: string;
  /** Absolute paths of files and folders that are its inputs. */
  readonly inputs: readonly string[];
  /** Absolute paths of files and folders it writes: a change there is never a reason to run it. */
  readonly outputs: readonly string[];
}

/** One reference of the page to an output, and the source to load in its place. */
export interface UiReplacement {
  readonly kind: 'script' | 'style';
  /** The reference as the page has it, without query: `./main.js`. */
  readonly url: string;
  /** Absolute path of the source; absent when the reference is to be dropped (a style sheet that comes with the script). */
  readonly source?: string;
}

/** A problem that does not stop anything. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** An extension project as found on disk. */
export interface Project {
  /** Absolute path of the folder that holds `manifest.json`. */
  readonly root: string;
  readonly manifestPath: string;
  /** The manifest's exact text: it goes into the bundle unchanged. */
  readonly manifestText: string;
  readonly manifest: Manifest;
  readonly identity: ExtensionIdentity;
  readonly handler?: HandlerShape;
  /** Prebuilt component used as it is, when there is no handler source. Absolute path. */
  readonly prebuiltComponent?: string;
  /** Command that makes `prebuiltComponent`, in any language, when the configuration names one. */
  readonly componentBuild?: BuildCommand;
  readonly ui?: UiShape;
  /** Configuration file in effect, and what it imports. Absolute paths. */
  readonly configInputs?: readonly string[];
  readonly warnings: readonly Diagnostic[];
  /** One line for people: what was found. */
  readonly summary: string;
}
