import { describe, expect, it } from 'vitest';
import { childText, parseXml, xmlDocument } from './xml.js';

describe('parseXml', () => {
  it('reads what clients send, with or without namespace, and undoes references', () => {
    const text =
      '<?xml version="1.0"?>\n<s3:Delete xmlns:s3="x"><Quiet>true</Quiet><!-- one --><Object><Key>a&amp;&lt;&#x62;&#99;</Key><VersionId/></Object></s3:Delete>';
    const root = parseXml(text);
    expect(root.name).toBe('Delete');
    expect(childText(root, 'Quiet')).toBe('true');
    expect(root.children[1] && childText(root.children[1], 'Key')).toBe('a&<bc');
  });

  it.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&unknown;</a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a><![CDATA[x]]></a>',
    '<a b="<"/>',
    `${'<a>'.repeat(20)}${'</a>'.repeat(20)}`,
  ])('refuses %j', (text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });

  it('takes back what was written', () => {
    const key = 'a"<>&\u0001\n é 😀';
    const root = parseXml(xmlDocument(['Result', [['Key', key]]]));
    expect(childText(root, 'Key')).toBe(key);
  });
});
