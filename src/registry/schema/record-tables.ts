/** What extensions keep (key-value storage) and what is kept about their calls. */
export const RECORD_TABLES = `
CREATE TABLE ext_storage_records (
  tenant uuid NOT NULL,
  extension_install_id uuid NOT NULL,
  namespace character varying(128) NOT NULL,
  key character varying(256) NOT NULL,
  revision bigint NOT NULL DEFAULT 1,
  value jsonb NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  value_size_bytes bigint NOT NULL DEFAULT 0,
  metadata_size_bytes bigint NOT NULL DEFAULT 0,
  ttl_expires_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT ext_storage_records_pkey PRIMARY KEY (tenant, extension_install_id, namespace, key)
);
CREATE INDEX ext_storage_records_namespace_key_idx
  ON ext_storage_records (tenant, extension_install_id, namespace, key);
CREATE INDEX ext_storage_records_ttl_idx
  ON ext_storage_records (tenant, extension_install_id, namespace, ttl_expires_at)
  WHERE ttl_expires_at IS NOT NULL;

CREATE TABLE ext_storage_schemas (
  tenant uuid NOT NULL,
  extension_install_id uuid NOT NULL,
  namespace character varying(128) NOT NULL,
  schema_version integer NOT NULL,
  schema_document jsonb NOT NULL,
  status text NOT NULL DEFAULT 'active',
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT ext_storage_schemas_pkey PRIMARY KEY (tenant, extension_install_id, namespace, schema_version),
  CONSTRAINT ext_storage_schemas_status_check CHECK (status IN ('active', 'deprecated', 'draft'))
);
CREATE UNIQUE INDEX ext_storage_schemas_active_idx
  ON ext_storage_schemas (tenant, extension_install_id, namespace) WHERE status = 'active';

CREATE TABLE ext_storage_usage (
  tenant uuid NOT NULL,
  extension_install_id uuid NOT NULL,
  bytes_used bigint NOT NULL DEFAULT 0,
  keys_count integer NOT NULL DEFAULT 0,
  namespaces_count integer NOT NULL DEFAULT 0,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT ext_storage_usage_pkey PRIMARY KEY (tenant, extension_install_id)
);

CREATE TABLE extension_execution_log (
  id uuid NOT NULL,
  tenant_id character varying(255) NOT NULL,
  registry_id uuid NOT NULL,
  version_id uuid NOT NULL,
  request_id character varying(255),
  started_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at timestamp with time zone,
  status text NOT NULL,
  metrics jsonb,
  error text,
  CONSTRAINT extension_execution_log_pkey PRIMARY KEY (id)
);
CREATE INDEX extension_execution_log_tenant_id_registry_id_started_at_index
  ON extension_execution_log (tenant_id, registry_id, started_at);

CREATE TABLE extension_quota_usage (
  tenant_id character varying(255) NOT NULL,
  registry_id uuid NOT NULL,
  window_start timestamp with time zone NOT NULL,
  cpu_ms bigint NOT NULL DEFAULT 0,
  mem_mb_ms bigint NOT NULL DEFAULT 0,
  invocations bigint NOT NULL DEFAULT 0,
  egress_bytes bigint NOT NULL DEFAULT 0,
  CONSTRAINT extension_quota_usage_pkey PRIMARY KEY (tenant_id, registry_id, window_start)
);
CREATE INDEX extension_quota_usage_tenant_id_window_start_index
  ON extension_quota_usage (tenant_id, window_start);

CREATE TABLE extension_audit_logs (
  tenant uuid NOT NULL,
  log_id uuid NOT NULL DEFAULT gen_random_uuid(),
  event_type character varying(100) NOT NULL,
  user_id uuid,
  user_email character varying(255),
  resource_type character varying(50),
  resource_id character varying(255),
  resource_name character varying(255),
  workflow_id character varying(255),
  status character varying(50),
  error_message text,
  details jsonb,
  ip_address character varying(45),
  user_agent text,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT extension_audit_logs_pkey PRIMARY KEY (tenant, log_id)
);
`;
