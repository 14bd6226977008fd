import { afterMessage } from '../wire/extension-state.js';
import type { ChannelMessage, ExtensionState } from '../wire/messages.js';
import { Api } from './api.js';
import { readBoot } from './boot.js';
import { BundleUploads } from './bundle-uploads.js';
import { Channel } from './channel.js';
import { ExtensionView } from './extension-view.js';
import { loadFailure } from './load-failure.js';
import { SettingsView } from './settings-view.js';
import { Shell } from './shell.js';

const boot = readBoot();
const api = new Api(boot.token);
const shell = new Shell(boot);
let extensions: readonly ExtensionState[] = boot.extensions;

const { loadError } = boot;
const shows = (wanted: typeof boot.view): boolean => loadError === undefined && boot.view === wanted;
const settings = shows('settings') ? new SettingsView(api, new BundleUploads(boot.token)) : undefined;
const view = shows('extension')
  ? new ExtensionView({ boot, api, command: (command) => channel.command(command) })
  : undefined;

const draw = (): void => {
  // The channel tells of all tenants; the page is one tenant's.
  const shown = extensions.filter(({ tenantId }) => tenantId === boot.tenant.id);
  const own = shown.find(({ registryId }) => registryId === boot.registryId);
  shell.drawMenu(shown);
  shell.setTitle(view ? (own?.displayName ?? 'Extension not found') : 'Extensions');
  view?.update(own);
};

const concerns = (message: ChannelMessage): boolean =>
  message.registryId === undefined || message.registryId === boot.registryId;

const channel = new Channel(boot, {
  onMessage: (message) => {
    extensions = afterMessage(extensions, message);
    draw();
    if (concerns(message)) view?.hear(message);
    if (message.type === 'hello' || message.type === 'menu' || message.type === 'published')
      settings?.refresh();
  },
  onState: (state) => view?.channel(state),
});

if (view) shell.content.append(view.element);
if (settings) shell.content.append(settings.element);
if (loadError) shell.content.append(loadFailure(loadError));
document.getElementById('app')?.replaceChildren(shell.element);
draw();
channel.open();
