/**
 * Reads from all connections of a thread into one buffer: a socket's ordinary read allocates 64 KiB
 * for each chunk and gives back what was not filled, which costs more than to decide.
 *
 * Whoever serves such a connection is called with the bytes where they lie. They are there until it
 * returns: what it keeps, it copies. Without anybody to call, what is read is copied into the
 * socket, which is then like any other; so node:http can be given it at any time.
 *
 * The buffer is Node's own `onread` of net.Socket. Only who makes a socket can ask for it, and a
 * server makes those that it accepts; so another socket is made over what was accepted.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';

/** As much as is read at a time: where so much came, more waits. */
export const MOST_READ_BYTES = 65_536;

/** What was read is handed out by one object a length, up to this one: most reads are short. */
const MOST_VIEWED_BYTES = 2_048;

/** Is called with what was read: bytes that are there until it returns. */
export type Receiver = (bytes: Buffer) => void;

/** A socket that reads into the buffer of its thread. */
export interface InPlace {
  /** Who is called from now on; null for nobody. */
  receiveInPlace(receiver: Receiver | null): void;
}

/** Has `receiver` called with what comes, until what is returned is called. It keeps no slice. */
export function receive(socket: Socket, receiver: Receiver): () => void {
  if (!isInPlace(socket)) {
    socket.on('data', receiver);
    return () => socket.off('data', receiver);
  }
  socket.receiveInPlace(receiver);
  // As a listener for data has it: or the end of what the client sends would not be told.
  socket.resume();
  return () => socket.receiveInPlace(null);
}

/** One a thread. */
export class ReadBuffer {
  readonly #bytes = Buffer.allocUnsafeSlow(MOST_READ_BYTES);
  readonly #views: (Buffer | null)[] = new Array(MOST_VIEWED_BYTES + 1).fill(null);

  /**
   * A socket that reads into this buffer, over what an accepted one stands for; that one is then
   * done with. Where that cannot be, the accepted one.
   *
   * REQUIRES: nothing was read from it, and nobody listens to it.
   */
  over(accepted: Socket): Socket {
    const { _handle: handle } = accepted as Accepted;
    // TLS has bytes of its own to read. Windows fills buffers of several sockets at once.
    const canBe = accepted.constructor === Socket && handle != null && !IS_WINDOWS;
    if (!canBe || typeof handle.useUserBuffer !== 'function') return accepted;
    const socket = this.#socketOver(handle);
    // Without its handle it closes nothing: the server that accepted it counts it out.
    (accepted as Accepted)._handle = null;
    accepted.destroy();
    return socket;
  }

  #socketOver(handle: Handle): Socket {
    let receiver: Receiver | null = null;
    const callback = (length: number): boolean => {
      const bytes = this.#first(length);
      if (receiver === null) return socket.push(Buffer.from(bytes));
      receiver(bytes);
      return true;
    };
    const onread = { buffer: this.#bytes, callback };
    const options: object = { handle, onread, allowHalfOpen: true };
    const socket = new Socket(options as SocketConstructorOpts);
    return Object.assign(socket, {
      receiveInPlace: (to: Receiver | null) => {
        receiver = to;
      },
    } satisfies InPlace);
  }

  #first(length: number): Buffer {
    const kept = this.#views[length] ?? null;
    if (kept !== null) return kept;
    const view = this.#bytes.subarray(0, length);
    if (length <= MOST_VIEWED_BYTES) this.#views[length] = view;
    return view;
  }
}

const IS_WINDOWS = process.platform === 'win32';

/** What Node reads and writes by. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

type Accepted = Socket & { _handle?: Handle | null };

function isInPlace(socket: Socket): socket is Socket & InPlace {
  return 'receiveInPlace' in socket;
}
