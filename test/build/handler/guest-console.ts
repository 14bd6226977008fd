/** Standard output and error of a guest, kept instead of printed. */
export class GuestConsole {
  readonly #written: Uint8Array[] = [];

  text(): string {
    return Buffer.concat(this.#written).toString('utf8');
  }

  /** The WASI interfaces through which a guest prints. */
  imports(): Record<string, unknown> {
    const written = this.#written;
    class InputStream {}
    class OutputStream {
      checkWrite(): bigint {
        return 65_536n;
      }
      write(bytes: Uint8Array): void {
        written.push(bytes.slice());
      }
      blockingWriteAndFlush(bytes: Uint8Array): void {
        this.write(bytes);
      }
      blockingFlush(): void {}
    }
    const stream = new OutputStream();
    return {
      'wasi:io/streams': { InputStream, OutputStream },
      'wasi:cli/stdout': { getStdout: () => stream },
      'wasi:cli/stderr': { getStderr: () => stream },
    };
  }
}
