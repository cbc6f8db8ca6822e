import type { ConnectionAddresses, Endpoint, ListenSettings } from '../relay-engine.ts';
import type { DescriptorLedger } from './descriptor-ledger.ts';
import { linux, systemError, type Libc } from './libc.ts';
import { decodeAddress, encodeAddress, SOCKET_ADDRESS_BYTES, type SocketAddress } from './socket-address.ts';

const NON_BLOCKING = linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
const EMFILE = 24;
const EINPROGRESS = 115;

/** Opens, configures and closes TCP sockets by number; what it fails to finish opening it closes. */
export class Sockets {
  readonly #libc: Libc;
  readonly #ledger: DescriptorLedger;
  readonly #one = Int32Array.of(1);
  readonly #noLinger = Int32Array.of(1, 0);
  readonly #value = new Int32Array(1);
  readonly #size = new Int32Array(1);
  readonly #addresses = new WeakMap<Endpoint, SocketAddress>();
  readonly #address = new Uint8Array(SOCKET_ADDRESS_BYTES);

  constructor(libc: Libc, ledger: DescriptorLedger) {
    this.#libc = libc;
    this.#ledger = ledger;
  }

  /**
   * The sockets of accepted clients have the listening one's options from the start (tcp(7), socket(7)).
   * @throws the system's error, closing the socket
   */
  listen({ host, port, backlog, reusePort }: Omit<ListenSettings, 'inherited'>, keepAliveMs: number): number {
    const { family, bytes } = encodeAddress(host, port);
    const fd = this.#open(family);
    try {
      this.#set(fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, this.#one);
      if (reusePort) this.#set(fd, linux.SOL_SOCKET, linux.SO_REUSEPORT, this.#one);
      this.#tune(fd, keepAliveMs);
      this.#check(this.#libc.bind(fd, bytes, bytes.length), 'bind');
      this.#check(this.#libc.listen(fd, backlog), 'listen');
      return fd;
    } catch (error) {
      this.close(fd);
      throw error;
    }
  }

  /** Notes a descriptor that came from another process. */
  inherit(fd: number): number {
    if (!this.#note(fd)) throw systemError(EMFILE, 'recvmsg');
    return fd;
  }

  /** Goes on listening on another process's socket, with these options for later clients. */
  inheritListener(fd: number, keepAliveMs: number): number {
    this.#tune(this.inherit(fd), keepAliveMs);
    return fd;
  }

  /** @throws the system's error */
  localPort(fd: number): number {
    this.#size[0] = SOCKET_ADDRESS_BYTES;
    this.#check(this.#libc.getsockname(fd, this.#address, this.#size), 'getsockname');
    return decodeAddress(this.#address).port;
  }

  /** A client that waits, or the error number, negative. */
  accept(listener: number): number {
    this.#size[0] = SOCKET_ADDRESS_BYTES;
    const fd = this.#libc.accept4(listener, this.#address, this.#size, NON_BLOCKING);
    if (fd < 0) return -this.#libc.errno();
    return this.#note(fd) ? fd : -EMFILE;
  }

  /** The address of the client that was accepted last. */
  get acceptedAddress(): string {
    return decodeAddress(this.#address).host;
  }

  /** @throws the system's error, closing the socket */
  connect(endpoint: Endpoint, keepAliveMs: number): number {
    const { family, bytes } = this.#encoded(endpoint);
    const fd = this.#open(family);
    try {
      this.#tune(fd, keepAliveMs);
      if (this.#libc.connect(fd, bytes, bytes.length) < 0) {
        const errno = this.#libc.errno();
        if (errno !== EINPROGRESS) throw systemError(errno, 'connect');
      }
      return fd;
    } catch (error) {
      this.close(fd);
      throw error;
    }
  }

  /** Both ends of a connected socket; undefined when it is connected no more. */
  addresses(fd: number): ConnectionAddresses | undefined {
    const remote = this.#addressBy('getpeername', fd);
    const local = this.#addressBy('getsockname', fd);
    return remote === undefined || local === undefined ? undefined : { remote, local };
  }

  /** The error that a socket has met, cleared by asking; 0 for none. */
  takeError(fd: number): number {
    this.#size[0] = 4;
    const result = this.#libc.getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, this.#value, this.#size);
    return result < 0 ? this.#libc.errno() : (this.#value[0] ?? 0);
  }

  close(fd: number): void {
    // Noted first: should the thread end in between, the number stays open, but no other one is ever closed for it.
    this.#ledger.closed(fd);
    this.#libc.close(fd);
  }

  /** Closes with a reset: what was not sent yet is thrown away. */
  reset(fd: number): void {
    this.#libc.setsockopt(fd, linux.SOL_SOCKET, linux.SO_LINGER, this.#noLinger, 8);
    this.close(fd);
  }

  #addressBy(call: 'getpeername' | 'getsockname', fd: number): Endpoint | undefined {
    this.#size[0] = SOCKET_ADDRESS_BYTES;
    return this.#libc[call](fd, this.#address, this.#size) < 0 ? undefined : decodeAddress(this.#address);
  }

  /** No Nagle delay; keep-alive probes after that idle time, 0 for none. */
  #tune(fd: number, keepAliveMs: number): void {
    this.#set(fd, linux.IPPROTO_TCP, linux.TCP_NODELAY, this.#one);
    if (keepAliveMs <= 0) return;
    this.#set(fd, linux.SOL_SOCKET, linux.SO_KEEPALIVE, this.#one);
    this.#value[0] = Math.max(1, Math.round(keepAliveMs / 1_000));
    this.#set(fd, linux.IPPROTO_TCP, linux.TCP_KEEPIDLE, this.#value);
  }

  #encoded(endpoint: Endpoint): SocketAddress {
    const known = this.#addresses.get(endpoint);
    if (known !== undefined) return known;
    const address = encodeAddress(endpoint.host, endpoint.port);
    this.#addresses.set(endpoint, address);
    return address;
  }

  #open(family: number): number {
    const fd = this.#check(this.#libc.socket(family, linux.SOCK_STREAM | NON_BLOCKING, 0), 'socket');
    if (!this.#note(fd)) throw systemError(EMFILE, 'socket');
    return fd;
  }

  #note(fd: number): boolean {
    if (this.#ledger.opened(fd)) return true;
    this.#libc.close(fd);
    return false;
  }

  #set(fd: number, level: number, name: number, value: Int32Array): void {
    this.#check(this.#libc.setsockopt(fd, level, name, value, value.byteLength), 'setsockopt');
  }

  #check(result: number, call: string): number {
    if (result < 0) throw systemError(this.#libc.errno(), call);
    return result;
  }
}
