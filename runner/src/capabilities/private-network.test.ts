import { describe, expect, test } from 'vitest';
import { isPrivateAddress, PrivateAddressError, publicLookup } from './private-network.js';

describe('addresses', () => {
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:c0a8:0101',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    'not an address',
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.each([
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '223.255.255.255',
    '::ffff:8.8.8.8',
    '2606:4700::1111',
  ])('%s is public', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  test('names of this machine are refused when they are looked up', async () => {
    const lookup = (all: boolean) =>
      new Promise((resolve) => {
        publicLookup('localhost', { all }, (error) => resolve(error));
      });
    expect(await lookup(true)).toBeInstanceOf(PrivateAddressError);
    expect(await lookup(false)).toBeInstanceOf(PrivateAddressError);
  });
});
