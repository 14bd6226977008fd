/**
 * The part of the product's own tables that the local app reads: who the tenants are, who acts for
 * them, and with which rights. Fewer columns than the product has; those that are here have its names.
 */
export const TENANT_TABLES = `
CREATE TABLE tenants (
  tenant uuid NOT NULL DEFAULT gen_random_uuid(),
  client_name text NOT NULL,
  email text NOT NULL,
  product_code text,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT tenants_pkey PRIMARY KEY (tenant)
);

CREATE TABLE users (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  user_id uuid NOT NULL DEFAULT gen_random_uuid(),
  username text NOT NULL,
  first_name text,
  last_name text,
  email text NOT NULL,
  user_type text NOT NULL DEFAULT 'internal',
  contact_id uuid,
  timezone text,
  is_inactive boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT users_pkey PRIMARY KEY (tenant, user_id),
  CONSTRAINT users_tenant_email_unique UNIQUE (tenant, email),
  CONSTRAINT users_user_type_check CHECK (user_type IN ('internal', 'client'))
);

CREATE TABLE roles (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  role_id uuid NOT NULL DEFAULT gen_random_uuid(),
  role_name text NOT NULL,
  description text,
  CONSTRAINT roles_pkey PRIMARY KEY (tenant, role_id)
);

CREATE TABLE user_roles (
  tenant uuid NOT NULL,
  user_id uuid NOT NULL,
  role_id uuid NOT NULL,
  CONSTRAINT user_roles_pkey PRIMARY KEY (tenant, user_id, role_id),
  CONSTRAINT user_roles_user_foreign FOREIGN KEY (tenant, user_id)
    REFERENCES users (tenant, user_id) ON DELETE CASCADE,
  CONSTRAINT user_roles_role_foreign FOREIGN KEY (tenant, role_id)
    REFERENCES roles (tenant, role_id) ON DELETE CASCADE
);

CREATE TABLE permissions (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  permission_id uuid NOT NULL DEFAULT gen_random_uuid(),
  resource text NOT NULL,
  action text NOT NULL,
  CONSTRAINT permissions_pkey PRIMARY KEY (tenant, permission_id),
  CONSTRAINT permissions_tenant_resource_action_unique UNIQUE (tenant, resource, action)
);

CREATE TABLE role_permissions (
  tenant uuid NOT NULL,
  role_id uuid NOT NULL,
  permission_id uuid NOT NULL,
  CONSTRAINT role_permissions_pkey PRIMARY KEY (tenant, role_id, permission_id),
  CONSTRAINT role_permissions_role_foreign FOREIGN KEY (tenant, role_id)
    REFERENCES roles (tenant, role_id) ON DELETE CASCADE,
  CONSTRAINT role_permissions_permission_foreign FOREIGN KEY (tenant, permission_id)
    REFERENCES permissions (tenant, permission_id) ON DELETE CASCADE
);
`;

/** Clients, services and invoices, as far as the host services for extensions show or write them. */
export const BUSINESS_TABLES = `
CREATE TABLE clients (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  client_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_name text NOT NULL,
  client_type text,
  is_inactive boolean NOT NULL DEFAULT false,
  default_currency_code character varying(3) NOT NULL DEFAULT 'USD',
  account_manager_id uuid,
  billing_email text,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT clients_pkey PRIMARY KEY (tenant, client_id)
);

CREATE TABLE contacts (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  contact_name_id uuid NOT NULL DEFAULT gen_random_uuid(),
  full_name text NOT NULL,
  client_id uuid,
  email text,
  is_inactive boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT contacts_pkey PRIMARY KEY (tenant, contact_name_id),
  CONSTRAINT contacts_client_foreign FOREIGN KEY (tenant, client_id)
    REFERENCES clients (tenant, client_id) ON DELETE CASCADE
);

CREATE TABLE service_types (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  CONSTRAINT service_types_pkey PRIMARY KEY (tenant, id)
);

CREATE TABLE service_catalog (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  service_id uuid NOT NULL DEFAULT gen_random_uuid(),
  service_name text NOT NULL,
  description text,
  item_kind text NOT NULL DEFAULT 'service',
  billing_method text NOT NULL DEFAULT 'fixed',
  custom_service_type_id uuid,
  default_rate bigint NOT NULL DEFAULT 0,
  unit_of_measure text NOT NULL DEFAULT 'each',
  is_active boolean NOT NULL DEFAULT true,
  sku text,
  CONSTRAINT service_catalog_pkey PRIMARY KEY (tenant, service_id),
  CONSTRAINT service_catalog_item_kind_check CHECK (item_kind IN ('service', 'product')),
  CONSTRAINT service_catalog_billing_method_check CHECK (billing_method IN ('fixed', 'hourly', 'usage'))
);

CREATE TABLE next_number (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  entity_type text NOT NULL,
  last_number bigint NOT NULL DEFAULT 0,
  prefix text,
  padding_length integer NOT NULL DEFAULT 6,
  CONSTRAINT next_number_pkey PRIMARY KEY (tenant, entity_type)
);

CREATE TABLE invoices (
  tenant uuid NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
  invoice_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_id uuid NOT NULL,
  invoice_number text NOT NULL,
  invoice_date date NOT NULL,
  due_date date NOT NULL,
  subtotal bigint NOT NULL DEFAULT 0,
  tax bigint NOT NULL DEFAULT 0,
  total_amount bigint NOT NULL DEFAULT 0,
  status text NOT NULL DEFAULT 'draft',
  currency_code character varying(3) NOT NULL DEFAULT 'USD',
  is_manual boolean NOT NULL DEFAULT false,
  po_number text,
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT invoices_pkey PRIMARY KEY (tenant, invoice_id),
  CONSTRAINT invoices_tenant_invoice_number_unique UNIQUE (tenant, invoice_number),
  CONSTRAINT invoices_client_foreign FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, client_id)
);

CREATE TABLE invoice_charges (
  tenant uuid NOT NULL,
  item_id uuid NOT NULL DEFAULT gen_random_uuid(),
  invoice_id uuid NOT NULL,
  service_id uuid,
  description text NOT NULL,
  quantity numeric NOT NULL,
  unit_price bigint NOT NULL,
  net_amount bigint NOT NULL,
  tax_amount bigint NOT NULL DEFAULT 0,
  total_price bigint NOT NULL,
  is_manual boolean NOT NULL DEFAULT true,
  is_discount boolean NOT NULL DEFAULT false,
  discount_type text,
  discount_percentage numeric,
  applies_to_item_id uuid,
  applies_to_service_id uuid,
  CONSTRAINT invoice_charges_pkey PRIMARY KEY (tenant, item_id),
  CONSTRAINT invoice_charges_invoice_foreign FOREIGN KEY (tenant, invoice_id)
    REFERENCES invoices (tenant, invoice_id) ON DELETE CASCADE
);
`;
