import type { Check, Observation } from '../../check.js';
import { type AppEnvironment, appEnvironment } from '../../sources/product-files.js';

const OURS = /^(?:RUNNER_|STORAGE_S3_|EXT_DOMAIN_ROOT|EXT_UI_HOST_MODE)/;

/** Names by which the app calls the machine that it runs on itself. */
const THIS_MACHINE = /^(?:localhost|127\.[\d.]+|\[::1\]|host\.docker\.internal)$/;

/** Port at which the product's compose file publishes the runner. */
const RUNNER_PORT = '8085';

/** The real app beside the project is set up for extensions. */
export const hostAppEnvironmentCheck: Check = {
  id: 'host.app-environment',
  title: 'The app of the checkout around the project is set up for extensions',
  group: 'host',
  why: 'In the real app the frame stays empty, every call is a 500, or each service answers "denied".',
  run: async (view) => {
    const app = await appEnvironment(await view.productPlace());
    if (app === undefined || ![...app.values.keys()].some((name) => OURS.test(name))) return [];
    return [...backend(app), ...pages(app), ...token(app), ...store(app)];
  },
};

function backend({ path, values }: AppEnvironment): Observation[] {
  const at = (name: string): string => values.get(name)?.trim() ?? '';
  if (at('RUNNER_BACKEND') !== 'docker') {
    if (at('EXT_DOMAIN_ROOT') !== '') return [];
    const seen = `RUNNER_BACKEND is ${at('RUNNER_BACKEND') || 'not set, which means knative'}`;
    return [
      finding(path, seen, 'docker; anything else needs a domain for each install', 'RUNNER_BACKEND=docker'),
    ];
  }
  const base = at('RUNNER_DOCKER_HOST') || at('RUNNER_BASE_URL');
  if (URL.canParse(base) && /^https?:/.test(base)) return otherPort(path, base, at('RUNNER_DOCKER_PORT'));
  const seen = `RUNNER_DOCKER_HOST is ${base === '' ? 'not set' : base}`;
  return [
    finding(path, seen, 'the address of the runner', `RUNNER_DOCKER_HOST=http://localhost:${RUNNER_PORT}`),
  ];
}

/** The compose file publishes the runner at one port, the app asks at another. */
function otherPort(path: string, base: string, published: string): Observation[] {
  const { hostname, port, protocol } = new URL(base);
  const asked = port || (protocol === 'https:' ? '443' : '80');
  if (published === '' || published === asked || !THIS_MACHINE.test(hostname)) return [];
  const seen = `the runner is asked at port ${asked}, RUNNER_DOCKER_PORT publishes it at ${published}`;
  return [finding(path, seen, 'the same port', `RUNNER_DOCKER_HOST=${protocol}//${hostname}:${published}`)];
}

/** The older way of serving pages reads bundles from where nobody stores them any more. */
function pages({ path, values }: AppEnvironment): Observation[] {
  const mode = values.get('EXT_UI_HOST_MODE')?.trim() ?? '';
  if (mode === '' || mode === 'rust') return [];
  return [
    finding(path, `EXT_UI_HOST_MODE is ${mode}`, 'rust: the runner serves pages', 'EXT_UI_HOST_MODE=rust'),
  ];
}

function token({ path, values }: AppEnvironment): Observation[] {
  const names = ['RUNNER_STORAGE_API_TOKEN', 'RUNNER_SERVICE_TOKEN'];
  if (names.some((name) => values.get(name)?.trim())) return [];
  return [
    finding(path, `neither ${names.join(' nor ')} is set`, 'the token the runner sends', `${names[1]}=...`),
  ];
}

function store({ path, values }: AppEnvironment): Observation[] {
  const at = (name: string): string => values.get(`STORAGE_S3_${name}`)?.trim() ?? '';
  if (at('ENDPOINT') === '') return [];
  const missing = ['BUCKET', 'ACCESS_KEY', 'SECRET_KEY'].filter((name) => at(name) === '');
  if (missing.length > 0) {
    const names = missing.map((name) => `STORAGE_S3_${name}`).join(', ');
    return [
      finding(path, `${names} is not set`, 'all of the store, as there is an endpoint', `${names}=...`),
    ];
  }
  if (at('FORCE_PATH_STYLE') !== 'false') return [];
  const seen = 'STORAGE_S3_FORCE_PATH_STYLE is false: the bucket becomes a part of the host name';
  return [finding(path, seen, 'true for a store on this machine', 'STORAGE_S3_FORCE_PATH_STYLE=true')];
}

function finding(path: string, seen: string, expected: string, line: string): Observation {
  return {
    severity: 'problem',
    seen: `${path}: ${seen}`,
    expected,
    fix: { summary: `Write ${line} there and start the app again`, command: `edit ${path}`, safe: false },
  };
}
