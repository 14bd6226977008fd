import { tenantIdSchema } from '../../../core/ids.js';
import type { Check } from '../../check.js';
import { ifSeen } from '../../unseen.js';

/** The tenant in use is one of the database, and may have extensions. */
export const registryTenantCheck: Check = {
  id: 'registry.tenant',
  title: 'The tenant in use exists and may have extensions',
  group: 'registry',
  why: "An extension that is installed for another tenant is in nobody's sidebar; storage fails for a tenant that is no UUID.",
  run: async (view) => {
    const [{ tenants }, tenantId] = await Promise.all([view.rows(), view.tenantId()]);
    const tenant = tenants.find((row) => row.tenant === tenantId);
    const running = (await ifSeen(view.session())) !== undefined;
    const severity = running ? 'problem' : 'warning';
    const choose = {
      summary: 'Name the tenant',
      command: `alga dev --tenant ${tenants[0]?.tenant ?? '<id>'}`,
      safe: false,
    };
    if (!tenantIdSchema.safeParse(tenantId).success) {
      return [{ severity, seen: `the tenant is ${tenantId}`, expected: 'a UUID', fix: choose }];
    }
    if (tenant === undefined) {
      return [
        {
          severity,
          seen: `the database has no tenant ${tenantId}`,
          expected: 'it is one of its tenants',
          fix: choose,
        },
      ];
    }
    const product = tenant.product_code;
    if (product === null || product === 'psa') return [];
    return [
      {
        severity: 'problem',
        seen: `tenant ${tenant.client_name} has the product ${product}`,
        expected: 'only tenants of the product psa have extensions',
        fix: choose,
      },
    ];
  },
};
