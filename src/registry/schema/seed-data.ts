/** Roles and what they may do, as `resource:action`. */
export const ROLES = [
  {
    name: 'Admin',
    permissions: ['extension:read', 'extension:write', 'client:read', 'service:read', 'invoice:create'],
  },
  { name: 'Technician', permissions: ['extension:read', 'client:read', 'service:read'] },
] as const;

/** One user of each kind that the gateway tells apart. */
export const USERS = [
  {
    username: 'admin',
    email: 'admin@msp.example.com',
    first_name: 'Alex',
    last_name: 'Admin',
    user_type: 'internal',
    role: 'Admin',
    contact: null,
  },
  {
    username: 'tech',
    email: 'tech@msp.example.com',
    first_name: 'Terry',
    last_name: 'Technician',
    user_type: 'internal',
    role: 'Technician',
    contact: null,
  },
  {
    username: 'newcomer',
    email: 'newcomer@msp.example.com',
    first_name: 'Noa',
    last_name: 'Newcomer',
    user_type: 'internal',
    role: null,
    contact: null,
  },
  {
    username: 'dana',
    email: 'dana@emerald.example.com',
    first_name: 'Dana',
    last_name: 'Dorsey',
    user_type: 'client',
    role: null,
    contact: 'Dana Dorsey',
  },
  {
    username: 'sam',
    email: 'sam@nowhere.example.com',
    first_name: 'Sam',
    last_name: 'Stray',
    user_type: 'client',
    role: null,
    contact: 'Sam Stray',
  },
] as const;

/** `manager` is the email of the account manager. */
export const CLIENTS = [
  {
    client_name: 'Emerald City',
    client_type: 'company',
    is_inactive: false,
    default_currency_code: 'USD',
    billing_email: 'billing@emerald.example.com',
    manager: 'admin@msp.example.com',
  },
  {
    client_name: 'Harbour Dental',
    client_type: 'company',
    is_inactive: false,
    default_currency_code: 'EUR',
    billing_email: 'office@harbour.example.com',
    manager: 'tech@msp.example.com',
  },
  {
    client_name: 'Quill & Sons',
    client_type: 'company',
    is_inactive: true,
    default_currency_code: 'GBP',
    billing_email: null,
    manager: null,
  },
  {
    client_name: 'Ruth Okafor',
    client_type: 'individual',
    is_inactive: false,
    default_currency_code: 'USD',
    billing_email: 'ruth@example.com',
    manager: null,
  },
] as const;

/** `client` is the name of the client; a contact without one cannot act in the client portal. */
export const CONTACTS = [
  { full_name: 'Dana Dorsey', email: 'dana@emerald.example.com', client: 'Emerald City' },
  { full_name: 'Sam Stray', email: 'sam@nowhere.example.com', client: null },
] as const;

/** Types of the services in the seeded catalogue. */
export const SERVICE_TYPES = ['Managed Services', 'Projects', 'Hardware'] as const;

/** Rates are in minor currency units. */
export const SERVICES = [
  {
    service_name: 'Managed Workstation',
    description: 'Monitoring, patching and support of one workstation',
    item_kind: 'service',
    billing_method: 'fixed',
    default_rate: 4500,
    unit_of_measure: 'device',
    is_active: true,
    sku: 'MW-1',
    type: 'Managed Services',
  },
  {
    service_name: 'Engineering Hour',
    description: 'Work on request',
    item_kind: 'service',
    billing_method: 'hourly',
    default_rate: 12500,
    unit_of_measure: 'hour',
    is_active: true,
    sku: 'ENG-H',
    type: 'Projects',
  },
  {
    service_name: 'Backup Storage',
    description: 'Off-site backup',
    item_kind: 'service',
    billing_method: 'usage',
    default_rate: 15,
    unit_of_measure: 'GB',
    is_active: true,
    sku: 'BKP-GB',
    type: 'Managed Services',
  },
  {
    service_name: 'Firewall Appliance',
    description: 'Small office firewall',
    item_kind: 'product',
    billing_method: 'fixed',
    default_rate: 69900,
    unit_of_measure: 'each',
    is_active: true,
    sku: 'FW-S',
    type: 'Hardware',
  },
  {
    service_name: 'Fax Line',
    description: 'No longer sold',
    item_kind: 'service',
    billing_method: 'fixed',
    default_rate: 900,
    unit_of_measure: 'line',
    is_active: false,
    sku: null,
    type: null,
  },
] as const;
