import type { ExtensionState } from '../wire/messages.js';
import type { ChannelState } from './channel.js';
import { fill, h } from './dom.js';
import type { FrameSource } from './frame-address.js';

/** Says what the frame shows: which code, of which hash, since when. */
export class StatusBadge {
  readonly element = h('p', { class: 'badge', role: 'status' });

  draw(extension: ExtensionState | undefined, source: FrameSource, channel: ChannelState): void {
    this.element.dataset.state = channel === 'open' ? source : 'lost';
    if (channel !== 'open') {
      fill(this.element, 'alga dev is not there. Reconnecting');
      return;
    }
    const served = extension?.served;
    fill(
      this.element,
      extension?.live ? h('span', { title: 'From save to live' }, duration(extension.live.ms)) : undefined,
      served
        ? h(
            'span',
            { title: served.contentHash },
            `v${served.version}`,
            ' ',
            h('code', {}, shortHash(served.contentHash)),
          )
        : h('span', {}, 'not published yet'),
      served ? h('time', { datetime: served.since }, clock(served.since)) : undefined,
    );
  }
}

/** A duration in the unit one would say it in. */
export function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The first digits of a content hash. */
export function shortHash(hash: string): string {
  return hash.replace(/^sha256:/, '').slice(0, 8);
}

/** A time of day, as it is usual where the author is. */
export function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}
