/** Field of a payload that says which one it is, as the server counts them. */
export const NUMBER_FIELD = 'alga';
/** Query of a socket that is opened again: the last payload that the page has heard. */
export const HEARD_PARAMETER = 'heard';

const CLIENT_FILE = /[\\/]vite[\\/]dist[\\/]client[\\/]client\.mjs$/;

/**
 * Vite's client with the socket below in the place of the browser's; undefined for every other module.
 * The name is taken inside that module only: the page's own code has the browser's.
 */
export function withSteadySocket(code: string, id: string): string | undefined {
  return CLIENT_FILE.test(id.replace(/\?.*$/, '')) ? STEADY_SOCKET_TEXT + code : undefined;
}

/**
 * A socket that survives cuts (sleep, a lost network, whoever ends idle connections). Vite's client would
 * load the page anew, and its state would be gone. This one never tells of a cut: it asks whether the server
 * of its token is there, opens another socket and says what it has heard; the server sends the rest. Only
 * another server, which knows nothing of the modules of the page, has the page loaded anew.
 */
const STEADY_SOCKET_TEXT = `
const WebSocket = ((Socket) => {
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const shown = () => new Promise((resolve) => {
    if (document.visibilityState === 'visible') resolve();
    else document.addEventListener('visibilitychange', resolve, { once: true });
  });

  return class extends EventTarget {
    OPEN = Socket.OPEN;
    #url;
    #protocol;
    #socket;
    #heard;
    #unsent = [];
    #wait = 100;

    constructor(url, protocol) {
      super();
      this.#url = new URL(url);
      this.#protocol = protocol;
      this.#connect();
      this.#socket.addEventListener('open', () => this.dispatchEvent(new Event('open')));
    }

    get url() { return this.#url.href; }
    get readyState() { return this.#socket.readyState; }

    send(text) {
      if (this.readyState === Socket.OPEN) this.#socket.send(text);
      else this.#unsent.push(text);
    }

    close() { this.#socket.close(); }

    #connect() {
      const socket = new Socket(this.#url, this.#protocol);
      this.#socket = socket;
      socket.addEventListener('open', () => {
        this.#wait = 100;
        for (const text of this.#unsent.splice(0)) socket.send(text);
      });
      socket.addEventListener('message', ({ data }) => {
        this.#heard = JSON.parse(data).${NUMBER_FIELD} ?? this.#heard;
        this.dispatchEvent(new MessageEvent('message', { data }));
      });
      socket.addEventListener('close', () => {
        if (this.#heard === undefined) this.dispatchEvent(new Event('close'));
        else void this.#again();
      });
    }

    async #again() {
      // Written so that no bundler takes it for the address of a file of its own.
      const ping = new URL('../@alga/ping' + this.#url.search, import.meta['url']);
      for (let status = 0; status !== 204; ) {
        await pause(this.#wait);
        this.#wait = Math.min(this.#wait * 2, 2000);
        await shown();
        status = await fetch(ping, { cache: 'no-store' }).then((answer) => answer.status, () => 0);
        if (status === 410) return location.reload();
      }
      this.#url.searchParams.set('${HEARD_PARAMETER}', this.#heard);
      this.#connect();
    }
  };
})(globalThis.WebSocket);
`;
