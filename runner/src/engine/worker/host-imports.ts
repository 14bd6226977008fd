import { GUEST_PACKAGE, SIGNATURES } from '../../capabilities/signatures.js';
import { GuestFault, trap } from '../component/fault.js';
import type { ImportProvider } from '../component/import-binding.js';
import { describeFunction, type FunctionType, ResourceType } from '../component/types.js';
import { WASI_FUNCTIONS } from '../wasi/functions.js';
import type { GuestCall } from './guest-call.js';

/** The call an instance is serving; set before the guest runs, gone afterwards. */
export interface CallSlot {
  current: GuestCall | undefined;
}

/** Types already compared, and the host's resources: the same for all instances of a thread. */
export class HostTypes {
  readonly checked = new WeakSet<FunctionType>();
  readonly #resources = new Map<string, ResourceType>();

  /** One type for each resource, whichever minor version of its interface a component names. */
  resource(name: string): ResourceType {
    const known = this.#resources.get(name);
    if (known !== undefined) return known;
    const resource = new ResourceType(name);
    this.#resources.set(name, resource);
    return resource;
  }
}

/** Gives a component the host's functions, each bound to the call its instance serves. */
export class HostImports implements ImportProvider {
  readonly #types: HostTypes;
  readonly #slot: CallSlot;

  constructor(types: HostTypes, slot: CallSlot) {
    this.#types = types;
    this.#slot = slot;
  }

  func(interfaceName: string, name: string, type: FunctionType): (args: readonly unknown[]) => unknown {
    const [bare = ''] = interfaceName.split('@');
    if (bare.startsWith(`${GUEST_PACKAGE}/`)) return this.#hostFunction(bare, name, type);
    if (bare.startsWith('wasi:')) return this.#wasiFunction(`${bare}#${name}`);
    const what = interfaceName === '' ? `function "${name}"` : `interface "${interfaceName}"`;
    throw new GuestFault('import', `the component imports the ${what}, which the runner does not provide`);
  }

  resource(interfaceName: string, name: string): ResourceType {
    const [bare = ''] = interfaceName.split('@');
    return this.#types.resource(`${bare}/${name}`);
  }

  dropped(): void {
    // Resources of the host are plain objects without anything to close.
  }

  #hostFunction(bare: string, name: string, type: FunctionType): (args: readonly unknown[]) => unknown {
    const key = `${bare.slice(GUEST_PACKAGE.length + 1)}#${name}`;
    this.#check(`${bare}#${name}`, SIGNATURES.get(key), type);
    return (args) => this.#call(key).hostFunction(key, args);
  }

  #check(fullName: string, expected: string | undefined, type: FunctionType): void {
    if (expected === undefined) {
      throw new GuestFault(
        'import',
        `the component imports "${fullName}", which the runner does not provide`,
      );
    }
    if (this.#types.checked.has(type)) return;
    if (describeFunction(type) !== expected) {
      throw new GuestFault(
        'import',
        `the component was built against another "${fullName}": ${describeFunction(type)}, not ${expected}`,
      );
    }
    this.#types.checked.add(type);
  }

  #wasiFunction(name: string): (args: readonly unknown[]) => unknown {
    const run = WASI_FUNCTIONS.get(name);
    if (run === undefined) {
      return () => {
        throw trap(`the component called "${name}", which extensions do not have`);
      };
    }
    return (args) => run(this.#call(name), args);
  }

  #call(name: string): GuestCall {
    const call = this.#slot.current;
    if (call === undefined) throw trap(`the component called "${name}" outside of a request`);
    return call;
  }
}
