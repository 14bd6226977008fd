import type { PageBoot } from '../wire/boot.js';
import type { ChannelMessage, ExtensionState, PageCommand } from '../wire/messages.js';
import type { Api } from './api.js';
import type { ChannelState } from './channel.js';
import { button, segmented, select } from './controls.js';
import { fill, h } from './dom.js';
import { ErrorOverlay } from './error-overlay.js';
import { type FrameSource, type FrameStyle, frameAddress } from './frame-address.js';
import { FrameStage } from './frame-stage.js';
import { Dock } from './panels/dock.js';
import { DoctorPanel } from './panels/doctor-panel.js';
import { LogsPanel } from './panels/logs-panel.js';
import { RequestsPanel } from './panels/requests-panel.js';
import { SchedulesPanel } from './panels/schedules-panel.js';
import { SecretsPanel } from './panels/secrets-panel.js';
import { StoragePanel } from './panels/storage-panel.js';
import { VersionsPanel } from './panels/versions-panel.js';
import { StatusBadge } from './status-badge.js';
import { loadSettings, saveSettings, type Viewport, type ViewSettings } from './view-settings.js';

const SOURCES = [
  { value: 'live', label: 'Live', title: 'From your sources through Vite, with hot updates' },
  { value: 'published', label: 'Published', title: 'From the published bundle, through the runner' },
] as const satisfies readonly { value: FrameSource; label: string; title: string }[];

const STYLES = [
  { value: 'separate', label: 'Own origin' },
  { value: 'docker', label: 'As in docker' },
  { value: 'cloud', label: 'As in the cloud' },
  { value: 'sealed', label: 'Sealed' },
] as const satisfies readonly { value: FrameStyle; label: string }[];

const VIEWPORTS = [
  { value: 'full', label: 'Full' },
  { value: 'tablet', label: '768' },
  { value: 'phone', label: '390' },
] as const satisfies readonly { value: Viewport; label: string }[];

/** What a choice of the frame means, where it is not what it seems. */
const STYLE_NOTES: { readonly [style in FrameStyle]?: string } = {
  docker: 'Of one origin with the page, code in the frame can read it and act as you, as in Alga with docker',
  sealed:
    'Sealed as Alga’s documents say: no origin, no storage, no forms, no pop-ups. The product itself is looser: its frames have an origin',
};

const KEPT_NOTES = 3;

export interface ExtensionViewOptions {
  readonly boot: PageBoot;
  readonly api: Api;
  readonly command: (command: PageCommand) => void;
}

/** The extension in its frame, as the product shows it, with the author's tools around it. */
export class ExtensionView {
  readonly element: HTMLElement;
  readonly #options: ExtensionViewOptions;
  readonly #stage: FrameStage;
  readonly #overlay = new ErrorOverlay();
  readonly #badge = new StatusBadge();
  readonly #tools = button(
    'Tools',
    () => this.#showDock(!this.#dock?.isOpen),
    'Requests, logs, storage and more',
  );
  readonly #rebuild = button('Rebuild', () => {
    const extension = this.#extension?.extension;
    if (extension !== undefined) this.#options.command({ type: 'rebuild', extension });
  });
  readonly #notes = h('ul', { class: 'notes', 'aria-label': 'Remarks', 'aria-live': 'polite' });
  #settings = loadSettings();
  readonly #sources = segmented('Shown', SOURCES, this.#settings.source, (value) =>
    this.#change({ source: value }),
  );
  readonly #dock: Dock | undefined;
  #extension: ExtensionState | undefined;
  #channel: ChannelState = 'connecting';

  constructor(options: ExtensionViewOptions) {
    this.#options = options;
    this.#stage = new FrameStage({ onNote: (text) => this.#note(text) });
    this.#dock = makeDock(options);
    this.element = h(
      'div',
      { class: 'extension' },
      this.#toolbar(),
      this.#notes,
      h(
        'div',
        { class: 'desk' },
        h('div', { class: 'stage' }, this.#stage.element, this.#overlay.element),
        this.#dock?.element,
      ),
    );
    const named = location.hash.slice(1);
    if (this.#dock?.has(named)) this.#showDock(true, named);
    else if (this.#dock?.wasOpen()) this.#showDock(true);
  }

  /** Shows the extension as it stands now. */
  update(extension: ExtensionState | undefined): void {
    this.#extension = extension;
    this.#draw();
  }

  channel(state: ChannelState): void {
    this.#channel = state;
    this.#badge.draw(this.#extension, this.#settings.source, state);
  }

  hear(message: ChannelMessage): void {
    this.#dock?.hear(message);
    if (message.type === 'reload') this.#reload();
    if (message.type === 'csp') {
      const { directive, blocked } = message.violation;
      this.#note(`Blocked by the content security policy, here and in Alga: ${directive} ${blocked}`);
    }
    const record = message.type === 'request' ? message.record : undefined;
    if (record?.origin === 'bridge') for (const note of record.notes) this.#note(note);
  }

  #draw(): void {
    const extension = this.#extension;
    // What has no sources here cannot be built, nor shown live.
    const installed = extension?.developed === false;
    this.#rebuild.hidden = installed;
    this.#sources.hidden = installed;
    this.element.dataset.viewport = this.#settings.viewport;
    this.#badge.draw(extension, this.#settings.source, this.#channel);
    this.#overlay.show(extension?.errors ?? [], extension?.projectRoot ?? '');
    const content = this.#content();
    if (content) this.#stage.show(content);
    else this.#stage.say(...this.#emptiness());
  }

  #content(): Parameters<FrameStage['show']>[0] | undefined {
    const extension = this.#extension;
    if (!extension?.hasUi) return undefined;
    const { frameOrigin, sealedPath } = this.#options.boot;
    const { source, style } = this.#settings;
    const pageOrigin = location.origin;
    const address = frameAddress({ extension, source, style, pageOrigin, frameOrigin, sealedPath });
    const isDocker = style === 'docker';
    const { registryId } = extension;
    const isStranger = style === 'cloud' || style === 'sealed';
    return address && { ...address, registryId, sendsTheme: !isDocker, readyOnLoad: isDocker, isStranger };
  }

  #emptiness(): [title: string, detail: string] {
    if (!this.#extension)
      return ['Extension not found', 'No extension with this id is installed for this tenant.'];
    if (!this.#extension.hasUi) return ['No user interface', 'This extension has a handler only.'];
    return ['Not published yet', 'The first build is under way, or it failed.'];
  }

  #toolbar(): HTMLElement {
    const { style, viewport } = this.#settings;
    return h(
      'div',
      { class: 'toolbar' },
      this.#sources,
      this.#badge.element,
      h('span', { class: 'spring' }),
      segmented('Width of the frame', VIEWPORTS, viewport, (value) => this.#change({ viewport: value })),
      select('Frame', STYLES, style, (value) => this.#change({ style: value })),
      button('Reload', () => this.#reload(), 'Load the frame again'),
      this.#rebuild,
      this.#tools,
    );
  }

  #showDock(open: boolean, tab?: string): void {
    this.#dock?.show(open, tab);
    this.#tools.setAttribute('aria-pressed', String(open));
  }

  #change(change: Partial<ViewSettings>): void {
    this.#settings = { ...this.#settings, ...change };
    saveSettings(this.#settings);
    const note = change.style && STYLE_NOTES[change.style];
    if (note) this.#note(note);
    this.#draw();
  }

  #reload(): void {
    const content = this.#content();
    if (content) this.#stage.reload(content);
  }

  /** Keeps the latest remarks, each once. */
  #note(text: string): void {
    const known = [...this.#notes.children].find((item) => item.firstChild?.textContent === text);
    known?.remove();
    const item: HTMLElement = h(
      'li',
      { class: 'note' },
      h('span', {}, text),
      h(
        'button',
        { type: 'button', class: 'close', 'aria-label': 'Dismiss', on: { click: () => item.remove() } },
        '×',
      ),
    );
    fill(this.#notes, item, ...[...this.#notes.children].slice(0, KEPT_NOTES - 1));
  }
}

/** The tools of an installed extension; only one that is developed here can be examined. */
function makeDock({ boot, api, command }: ExtensionViewOptions): Dock | undefined {
  const state = boot.extensions.find(({ registryId }) => registryId === boot.registryId);
  if (!state) return undefined;
  const { registryId, extension, developed } = state;
  const context = { api, registryId };
  return new Dock([
    new RequestsPanel(context),
    new LogsPanel(),
    new StoragePanel(context),
    new SecretsPanel(context),
    new SchedulesPanel(context),
    new VersionsPanel({ ...context, extension, developed, command }),
    ...(developed ? [new DoctorPanel(command)] : []),
  ]);
}
