/** The name in a `Host` header, without its port; undefined when there is none. */
export function hostNameOf(header: string | undefined): string | undefined {
  const host = header?.trim() ?? '';
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:\d*$/, '');
  return name === '' ? undefined : name;
}
