import { systemError } from './libc.ts';

/** A part of the kernel's memory that this process sees, too. */
export interface Mapping {
  readonly bytes: ArrayBuffer;
  readonly address: bigint;
}

/**
 * The system calls of io_uring, which the C library does not have functions for. Those that fail return -1; `errno`
 * then tells why.
 */
export interface RingCalls {
  /** Fills `struct io_uring_params` in; returns the ring's descriptor. */
  setup(entries: number, parameters: Uint32Array): number;
  /** Has the kernel carry out so many of the calls in the ring; returns how many it took. */
  enter(ring: number, callCount: number): number;
  /** @throws the system's error */
  map(ring: number, offset: number, sizeBytes: number): Mapping;
  /** Where the elements of an array are; they must be 64 bytes or more, which Node does not move about. */
  addressOf(bytes: Uint8Array): bigint;
  errno(): number;
}

/** The same on all architectures that are not older than io_uring. */
const SETUP = 425;
const ENTER = 426;
const PROT_READ_WRITE = 3;
/** MAP_SHARED and MAP_POPULATE. */
const SHARED = 0x8001;

/** @throws Error when the C library cannot be called */
export async function loadRingCalls(): Promise<RingCalls> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const setup = library.func('long syscall(long, uint32_t, void *)');
  const enter = library.func('long syscall(long, uint32_t, uint32_t, uint32_t, uint32_t, void *, size_t)');
  const map = library.func('void *mmap(uintptr_t, size_t, int, int, int, int64_t)');
  return {
    setup: (entries, parameters) => setup(SETUP, entries, parameters) as number,
    enter: (ring, callCount) => enter(ENTER, ring, callCount, 0, 0, null, 0) as number,
    map(ring, offset, sizeBytes) {
      const start: unknown = map(0, sizeBytes, PROT_READ_WRITE, SHARED, ring, offset);
      const address = koffi.address(start);
      if (BigInt.asIntN(64, address) === -1n) throw systemError(koffi.errno(), 'mmap');
      return { bytes: koffi.view(start, sizeBytes), address };
    },
    addressOf: (bytes) => koffi.address(bytes),
    errno: () => koffi.errno(),
  };
}
