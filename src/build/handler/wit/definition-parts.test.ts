import { describe, expect, it } from 'vitest';
import { definitionParts, strangerIn } from './definition-parts.js';
import { builtInDefinition } from './interface-definition.js';

const HOST = `package alga:extension;
interface types { enum problem { missing, denied, } record entry { key: string, value: list<u8>, } }
interface storage { use types.{entry, problem}; get: func(key: string) -> result<entry, problem>; drop: func(key: string); }
interface logging { log-info: func(message: string); }
world runner { use types.{entry}; import storage; import logging; export handler: func(request: entry) -> entry; }`;

const host = definitionParts(HOST, 'runner');
const changed = (search: string, replacement: string) => {
  expect(HOST).toContain(search);
  return strangerIn(definitionParts(HOST.replace(search, replacement), 'runner'), host);
};

describe('strangerIn', () => {
  it('takes the host’s own definition and subsets of it', () => {
    expect(strangerIn(host, host)).toBeUndefined();
    expect(changed('import logging;', '')).toBeUndefined();
    expect(changed('drop: func(key: string);', '')).toBeUndefined();
    expect(changed('missing, denied,', 'missing,denied')).toBeUndefined();
  });

  it('names what the host does not have', () => {
    expect(changed('import logging;', 'import billing;')).toBe('the host has no interface billing');
    expect(changed('drop: func(', 'remove: func(')).toBe('the host has no storage.remove');
    expect(changed('drop: func(key: string)', 'drop: func(key: u32)')).toBe(
      "the host's storage.drop looks different",
    );
    expect(changed('key: string, value: list<u8>', 'value: list<u8>, key: string')).toBe(
      "the host's types.entry looks different",
    );
    expect(changed('export handler: func(request: entry)', 'export handle: func(request: entry)')).toContain(
      'world',
    );
    expect(changed('world runner', 'world another')).toContain('world');
  });

  it('does not mind a difference in an interface that is not imported', () => {
    const own = HOST.replace('import logging;', '').replace('log-info: func(message', 'log: func(text');
    expect(strangerIn(definitionParts(own, 'runner'), host)).toBeUndefined();
  });

  it('reads the definition that the runner implements', async () => {
    const { text, interfaces } = await builtInDefinition();
    const parts = definitionParts(text, 'runner');
    expect(interfaces).toHaveLength(12);
    expect(parts.items.get('storage.list-entries')).toContain('cursor:option<string>');
    expect(parts.items.get('types.proxy-error')).toBe(
      'enumproxy-error{route-not-found,denied,bad-request,internal',
    );
  });
});
