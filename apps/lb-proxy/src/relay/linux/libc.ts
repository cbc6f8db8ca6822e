import { arch, constants, platform } from 'node:os';

/**
 * The system calls of the relay, called from JavaScript through koffi (https://koffi.dev). All are non-blocking
 * but `epollWait`. Those that fail return -1; `errno` then tells why.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, sizeBytes: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Uint8Array, sizeBytes: Int32Array, flags: number): number;
  connect(fd: number, address: Uint8Array, sizeBytes: number): number;
  getsockname(fd: number, address: Uint8Array, sizeBytes: Int32Array): number;
  getpeername(fd: number, address: Uint8Array, sizeBytes: Int32Array): number;
  setsockopt(fd: number, level: number, name: number, value: Int32Array, sizeBytes: number): number;
  getsockopt(fd: number, level: number, name: number, value: Int32Array, sizeBytes: Int32Array): number;
  recv(fd: number, buffer: Uint8Array, sizeBytes: number, flags: number): number;
  send(fd: number, buffer: Uint8Array, sizeBytes: number, flags: number): number;
  /** Both change `message` in no way but what its buffers hold; `recvmsg` tells the sizes in it. */
  sendmsg(fd: number, message: MessageHeader, flags: number): number;
  recvmsg(fd: number, message: MessageHeader, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  munmap(address: bigint, sizeBytes: number): number;
  epollCreate1(flags: number): number;
  epollCtl(epollFd: number, operation: number, fd: number, event: Uint8Array | null): number;
  epollWait(epollFd: number, events: Uint8Array, maxEvents: number, timeoutMs: number): number;
  errno(): number;
}

/** `struct msghdr` with one buffer. */
export interface MessageHeader {
  readonly name: null;
  readonly nameBytes: 0;
  readonly parts: { readonly base: Uint8Array; readonly sizeBytes: number };
  readonly partCount: 1;
  /** Room for, or, when sending, the control messages. */
  readonly control: Uint8Array | null;
  controlBytes: number;
  flags: number;
}

/** Values of the Linux ABI that x64 and arm64 share (include/uapi/asm-generic). */
export const linux = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_SEQPACKET: 5,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_ERROR: 4,
  SO_KEEPALIVE: 9,
  SO_LINGER: 13,
  SO_REUSEPORT: 15,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  TCP_KEEPIDLE: 4,
  SCM_RIGHTS: 1,
  MSG_PEEK: 0x2,
  MSG_CTRUNC: 0x8,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  MSG_CMSG_CLOEXEC: 0x40000000,
  SHUT_WR: 1,
  SHUT_RDWR: 2,
  EPOLL_CLOEXEC: 0o2000000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
  EPOLLIN: 0x1,
  EPOLLPRI: 0x2,
  EPOLLOUT: 0x4,
  EPOLLERR: 0x8,
  EPOLLHUP: 0x10,
  EPOLLRDHUP: 0x2000,
  EPOLLET: 0x80000000,
} as const;

const errorNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The name of an error number: `ECONNREFUSED`. */
export function errorName(errno: number): string {
  return errorNames.get(errno) ?? `E${errno}`;
}

/** An error as Node's own sockets report it. */
export function systemError(errno: number, call: string): NodeJS.ErrnoException {
  const code = errorName(errno);
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: -errno, syscall: call });
}

/**
 * Binds the C library of this process.
 *
 * @throws Error when this is not Linux on x64 or arm64, or the library cannot be called
 */
export async function loadLibc(): Promise<Libc> {
  if (platform() !== 'linux' || !['x64', 'arm64'].includes(arch())) {
    throw new Error(`no system calls are known for ${platform()} on ${arch()}`);
  }
  const { default: koffi } = await import('koffi');
  // The library that Node itself is linked with, glibc or musl: already loaded, found by any name it goes by.
  const library = koffi.load(null);
  const part = koffi.struct({ base: 'void *', sizeBytes: 'size_t' });
  const message = koffi.struct({
    name: 'void *',
    nameBytes: 'uint32_t',
    parts: koffi.pointer(part),
    partCount: 'size_t',
    control: 'void *',
    controlBytes: 'size_t',
    flags: 'int',
  });
  const messagePointer = koffi.pointer(message);
  const bind = (declaration: string): never => library.func(declaration) as never;
  return {
    socket: bind('int socket(int, int, int)'),
    bind: bind('int bind(int, void *, uint32_t)'),
    listen: bind('int listen(int, int)'),
    accept4: bind('int accept4(int, void *, void *, int)'),
    connect: bind('int connect(int, void *, uint32_t)'),
    getsockname: bind('int getsockname(int, void *, void *)'),
    getpeername: bind('int getpeername(int, void *, void *)'),
    setsockopt: bind('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: bind('int getsockopt(int, int, int, void *, void *)'),
    recv: bind('int64_t recv(int, void *, size_t, int)'),
    send: bind('int64_t send(int, void *, size_t, int)'),
    sendmsg: library.func('sendmsg', 'int64_t', ['int', messagePointer, 'int']) as never,
    recvmsg: library.func('recvmsg', 'int64_t', ['int', koffi.inout(messagePointer), 'int']) as never,
    shutdown: bind('int shutdown(int, int)'),
    close: bind('int close(int)'),
    munmap: bind('int munmap(uintptr_t, size_t)'),
    epollCreate1: bind('int epoll_create1(int)'),
    epollCtl: bind('int epoll_ctl(int, int, int, void *)'),
    epollWait: bind('int epoll_wait(int, void *, int, int)'),
    errno: () => koffi.errno(),
  };
}
