import type { ExtensionView } from '../state.js';
import type { Paint } from '../text/paint.js';
import { cutFront, durationText, safeLine, shortHash, shortName, wrapped } from '../text/units.js';

const LABEL_WIDTH = 'page '.length;

/** One line: what is live of an extension. */
export function headLine(
  view: ExtensionView,
  frame: { width: number; paint: Paint; selected: boolean },
): string {
  const { paint, width } = frame;
  const name = `${frame.selected ? '▸' : ''}${safeLine(shortName(view.name))}`;
  const { mark, text } = condition(view, paint);
  const parts = [
    ...(view.version === undefined ? [] : [safeLine(view.version)]),
    ...(view.contentHash === undefined ? [] : [shortHash(view.contentHash).slice('sha256:'.length)]),
    ...(view.tenantId === undefined ? [] : [`tenant ${view.tenantId.slice(0, 8)}`]),
  ].join('  ');
  const room = width - parts.length - text.length - '●     '.length;
  return `${mark} ${paint('bold', cutFront(name, Math.max(8, room)))}  ${text}  ${parts}`.trimEnd();
}

function condition(view: ExtensionView, paint: Paint): { mark: string; text: string } {
  const running = view.steps.some((step) => step.state === 'running');
  if (view.errors.length > 0) {
    const text = view.contentHash === undefined ? 'failed' : 'failed, still live:';
    return { mark: paint('red', '●'), text };
  }
  if (running)
    return { mark: paint('yellow', '●'), text: view.contentHash === undefined ? 'starting' : 'building' };
  if (view.contentHash === undefined) return { mark: paint('dim', '○'), text: 'waiting' };
  const time = view.lastLive === undefined ? '' : ` in ${durationText(view.lastLive.ms)}`;
  return { mark: paint('green', '●'), text: `live${time}` };
}

/**
 * The addresses of an extension, the page first. None is ever cut when it fits the width; the
 * page's and gateway's fit a terminal of 80 columns.
 */
export function urlLines(
  view: ExtensionView,
  frame: { width: number; rows: number; paint: Paint },
): string[] {
  if (view.urls === undefined) return [];
  const { page, gateway, ui, runner } = view.urls;
  const rows: readonly (readonly [string, string])[] = [
    ['page', page],
    ['api ', gateway],
    ['run ', runner],
    ['ui  ', ui],
  ];
  const inner = frame.width - LABEL_WIDTH;
  return rows
    .flatMap(([label, url]) =>
      wrapped(url, inner, 2).map((part, index) => {
        const start = index === 0 ? `${frame.paint('dim', label)} ` : ' '.repeat(LABEL_WIDTH);
        return `${start}${frame.paint('cyan', part)}`;
      }),
    )
    .slice(0, frame.rows);
}
