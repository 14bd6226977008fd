import { describe, expect, it } from 'vitest';
import { type TenantId, tenantIdSchema } from '../core/ids.js';
import { chooseTenant } from './tenant.js';

const id = (digit: number): TenantId => tenantIdSchema.parse(`${digit}1bbbfe5-0720-4d9b-b3e5-b5b43e441a52`);
const one = { tenantId: id(1), name: 'One' };
const two = { tenantId: id(2), name: 'Two' };

describe('chooseTenant', () => {
  it('lets an explicit wish win over memory', () => {
    expect(chooseTenant([one, two], { wish: id(2), remembered: id(1) })).toBe(two);
  });

  it('takes the only tenant without being told', () => {
    expect(chooseTenant([one], {})).toBe(one);
  });

  it('falls back to the remembered choice when several remain', () => {
    expect(chooseTenant([one, two], { remembered: id(2) })).toBe(two);
  });

  it('stops and lists the tenants when nothing decides', () => {
    expect(() => chooseTenant([one, two], {})).toThrow(/One.*Two/);
  });

  it('refuses a wish that the database does not know, and names where it came from', () => {
    const wish = { wish: id(3), source: 'ALGA_TENANT_ID' };
    expect(() => chooseTenant([one], wish)).toThrow(/31bbbfe5.*ALGA_TENANT_ID/);
  });

  it('says so when the database is empty', () => {
    expect(() => chooseTenant([], {})).toThrow(/no tenant/);
  });
});
