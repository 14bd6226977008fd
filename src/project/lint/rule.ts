import type { SyntaxNode } from './syntax-tree.js';

/** One module of the handler or the UI, parsed. */
export interface LintModule {
  readonly path: string;
  readonly text: string;
  readonly tree: SyntaxNode;
  /** Every name the module declares or imports, anywhere: such a name is never the global of the same name. */
  readonly ownNames: ReadonlySet<string>;
}

export interface LintContext {
  /** `parity`: clock, random and console are off, as in the product's own build. */
  readonly features: 'default' | 'parity';
  /** The module in which the function `handler` is defined. */
  readonly definedIn: string;
}

/** A problem at a place of a module. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Character offset in the module's text. */
  readonly offset: number;
}

/** Looks at one module for one kind of problem. */
export type Rule = (module: LintModule, context: LintContext) => Finding[];

/** What is known of the whole UI. */
export interface UiContext {
  /** Whether anything in it tells the SDK, beside the making of a bridge, which origin to talk to. */
  readonly tellsOrigin: boolean;
}

/** Looks at one module of the UI for one kind of problem. */
export type UiRule = (module: LintModule, context: UiContext) => Finding[];
