/**
 * The product's extension tables, with its types, defaults, constraint and index names, so that a
 * dump of the embedded database is what the real one would hold. `id` columns without a default are
 * as they are there: the writer supplies them.
 */
export const EXTENSION_TABLES = `
CREATE TABLE extension_registry (
  id uuid NOT NULL,
  publisher character varying(255) NOT NULL,
  name character varying(255) NOT NULL,
  display_name character varying(255),
  description text,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT extension_registry_pkey PRIMARY KEY (id),
  CONSTRAINT extension_registry_publisher_name_unique UNIQUE (publisher, name)
);
CREATE INDEX extension_registry_publisher_name_idx ON extension_registry (publisher, name);

CREATE TABLE extension_version (
  id uuid NOT NULL,
  registry_id uuid NOT NULL,
  version character varying(255) NOT NULL,
  runtime character varying(255) NOT NULL,
  main_entry character varying(255) NOT NULL,
  api jsonb NOT NULL DEFAULT '{}'::jsonb,
  ui jsonb,
  capabilities jsonb NOT NULL DEFAULT '[]'::jsonb,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  api_endpoints jsonb NOT NULL DEFAULT '[]'::jsonb,
  CONSTRAINT extension_version_pkey PRIMARY KEY (id),
  CONSTRAINT extension_version_registry_id_version_unique UNIQUE (registry_id, version),
  CONSTRAINT extension_version_registry_id_foreign FOREIGN KEY (registry_id)
    REFERENCES extension_registry (id) ON DELETE CASCADE
);
CREATE INDEX extension_version_registry_version_idx ON extension_version (registry_id, version);

CREATE TABLE extension_bundle (
  id uuid NOT NULL,
  version_id uuid NOT NULL,
  content_hash character varying(255) NOT NULL,
  signature text,
  precompiled jsonb,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  storage_url text,
  size_bytes bigint,
  CONSTRAINT extension_bundle_pkey PRIMARY KEY (id),
  CONSTRAINT extension_bundle_version_id_content_hash_unique UNIQUE (version_id, content_hash),
  CONSTRAINT extension_bundle_version_id_foreign FOREIGN KEY (version_id)
    REFERENCES extension_version (id) ON DELETE CASCADE
);
CREATE INDEX extension_bundle_content_hash_idx ON extension_bundle (content_hash);

CREATE TABLE extension_api_endpoint (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  version_id uuid NOT NULL,
  method character varying(16) NOT NULL,
  path text NOT NULL,
  handler text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT extension_api_endpoint_pkey PRIMARY KEY (id),
  CONSTRAINT extension_api_endpoint_version_method_path_uniq UNIQUE (version_id, method, path)
);
CREATE INDEX extension_api_endpoint_version_id_index ON extension_api_endpoint (version_id);
`;

/** Installs of tenants, with their configuration, secrets, schedules and subscriptions. */
export const INSTALL_TABLES = `
CREATE TABLE tenant_extension_install (
  id uuid NOT NULL,
  tenant_id character varying(255) NOT NULL,
  registry_id uuid NOT NULL,
  version_id uuid NOT NULL,
  granted_caps jsonb NOT NULL DEFAULT '[]'::jsonb,
  config jsonb NOT NULL DEFAULT '{}'::jsonb,
  is_enabled boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  status text NOT NULL DEFAULT 'enabled',
  runner_domain text,
  runner_status jsonb NOT NULL DEFAULT '{"state": "pending"}'::jsonb,
  runner_ref jsonb,
  CONSTRAINT tenant_extension_install_pkey PRIMARY KEY (id),
  CONSTRAINT tenant_extension_install_tenant_id_registry_id_unique UNIQUE (tenant_id, registry_id),
  CONSTRAINT tenant_extension_install_runner_domain_unique UNIQUE (runner_domain),
  CONSTRAINT tenant_extension_install_status_chk CHECK (status IN ('enabled', 'disabled', 'pending')),
  CONSTRAINT tenant_extension_install_registry_id_foreign FOREIGN KEY (registry_id)
    REFERENCES extension_registry (id) ON DELETE CASCADE,
  CONSTRAINT tenant_extension_install_version_id_foreign FOREIGN KEY (version_id)
    REFERENCES extension_version (id)
);
CREATE INDEX tenant_extension_install_tenant_id_index ON tenant_extension_install (tenant_id);
CREATE INDEX tenant_extension_install_tenant_registry_idx ON tenant_extension_install (tenant_id, registry_id);
CREATE INDEX tenant_extension_install_runner_domain_idx ON tenant_extension_install (runner_domain);

CREATE TABLE tenant_extension_install_config (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  install_id uuid NOT NULL,
  tenant_id character varying(255) NOT NULL,
  config jsonb NOT NULL DEFAULT '{}'::jsonb,
  providers jsonb NOT NULL DEFAULT '[]'::jsonb,
  version character varying(255) NOT NULL DEFAULT (gen_random_uuid())::text,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT tenant_extension_install_config_pkey PRIMARY KEY (id),
  CONSTRAINT tenant_extension_install_config_install_id_unique UNIQUE (install_id),
  CONSTRAINT tenant_extension_install_config_install_id_foreign FOREIGN KEY (install_id)
    REFERENCES tenant_extension_install (id) ON DELETE CASCADE
);
CREATE INDEX tenant_extension_install_config_tenant_id_index ON tenant_extension_install_config (tenant_id);
CREATE INDEX tenant_extension_install_config_install_id_version_index
  ON tenant_extension_install_config (install_id, version);

CREATE TABLE tenant_extension_install_secrets (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  install_id uuid NOT NULL,
  tenant_id character varying(255) NOT NULL,
  ciphertext text NOT NULL,
  algorithm character varying(255) NOT NULL DEFAULT 'inline/base64',
  transit_key character varying(255),
  transit_mount character varying(255),
  version character varying(255),
  expires_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT tenant_extension_install_secrets_pkey PRIMARY KEY (id),
  CONSTRAINT tenant_extension_install_secrets_install_id_unique UNIQUE (install_id),
  CONSTRAINT tenant_extension_install_secrets_install_id_foreign FOREIGN KEY (install_id)
    REFERENCES tenant_extension_install (id) ON DELETE CASCADE
);
CREATE INDEX tenant_extension_install_secrets_tenant_id_index ON tenant_extension_install_secrets (tenant_id);

CREATE TABLE tenant_extension_schedule (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  install_id uuid NOT NULL,
  tenant_id character varying(255) NOT NULL,
  endpoint_id uuid NOT NULL,
  name character varying(128),
  cron text NOT NULL,
  timezone character varying(64) NOT NULL DEFAULT 'UTC',
  enabled boolean NOT NULL DEFAULT true,
  payload_json jsonb,
  job_id uuid,
  runner_schedule_id character varying(255),
  last_run_at timestamp with time zone,
  last_run_status character varying(32),
  last_error text,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT tenant_extension_schedule_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX tenant_extension_schedule_install_name_uniq
  ON tenant_extension_schedule (install_id, name) WHERE name IS NOT NULL;
CREATE INDEX tenant_extension_schedule_tenant_id_index ON tenant_extension_schedule (tenant_id);
CREATE INDEX tenant_extension_schedule_tenant_id_install_id_index
  ON tenant_extension_schedule (tenant_id, install_id);
CREATE INDEX tenant_extension_schedule_tenant_id_endpoint_id_index
  ON tenant_extension_schedule (tenant_id, endpoint_id);
CREATE INDEX tenant_extension_schedule_tenant_id_job_id_index ON tenant_extension_schedule (tenant_id, job_id);
CREATE INDEX tenant_extension_schedule_runner_schedule_id_index
  ON tenant_extension_schedule (runner_schedule_id);

CREATE TABLE extension_event_subscription (
  id uuid NOT NULL,
  tenant_id character varying(255) NOT NULL,
  install_id uuid NOT NULL,
  topic character varying(255) NOT NULL,
  handler character varying(255) NOT NULL,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT extension_event_subscription_pkey PRIMARY KEY (id),
  CONSTRAINT extension_event_subscription_install_id_foreign FOREIGN KEY (install_id)
    REFERENCES tenant_extension_install (id) ON DELETE CASCADE
);
CREATE INDEX extension_event_subscription_tenant_id_topic_index ON extension_event_subscription (tenant_id, topic);
`;
