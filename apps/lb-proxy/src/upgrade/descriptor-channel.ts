import { setTimeout as sleep } from 'node:timers/promises';
import { errorName, linux, systemError, type Libc, type MessageHeader } from '../relay/linux/libc.ts';
import {
  answersLate,
  ChannelError,
  hasEnded,
  MAX_MESSAGE_BYTES,
  type Delivery,
  type UpgradeChannel,
} from './upgrade-platform.ts';

/** The kernel passes at most 253 descriptors with one message. */
export const MAX_DESCRIPTORS = 250;

const DESCRIPTOR_BYTES = 4;
/** `struct cmsghdr` on 64-bit Linux: its length, the level and the type. */
const CONTROL_HEAD_BYTES = 16;
const POLL_MS = 1;
/** One number, two names: errors are told by number. */
const EAGAIN = 11;
const EINTR = 4;

/**
 * Messages of JSON, with file descriptors beside them (SCM_RIGHTS, unix(7)), over a connected Unix socket that keeps
 * their borders. Non-blocking; it looks again every millisecond while it waits, which is only during an upgrade.
 */
export class DescriptorChannel<Sent extends object, Received extends object> implements UpgradeChannel<
  Sent,
  Received
> {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(MAX_MESSAGE_BYTES);
  #closed = false;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  async send(message: Sent, descriptors: readonly number[], deadlineMs: number): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(message));
    if (bytes.length > MAX_MESSAGE_BYTES || descriptors.length > MAX_DESCRIPTORS) {
      throw new RangeError(`${bytes.length} bytes with ${descriptors.length} descriptors are too many`);
    }
    const header = headerOf(bytes, descriptors.length === 0 ? null : controlOf(descriptors));
    await this.#retry(() => this.#libc.sendmsg(this.#fd, header, linux.MSG_NOSIGNAL), deadlineMs, 'sendmsg');
  }

  async receive(deadlineMs: number): Promise<Delivery<Received>> {
    const control = new Uint8Array(CONTROL_HEAD_BYTES + MAX_DESCRIPTORS * DESCRIPTOR_BYTES);
    const header = headerOf(this.#buffer, control);
    const sizeBytes = await this.#retry(
      () => this.#libc.recvmsg(this.#fd, header, linux.MSG_CMSG_CLOEXEC),
      deadlineMs,
      'recvmsg',
    );
    if (sizeBytes === 0) throw hasEnded();
    const descriptors = descriptorsOf(control.subarray(0, header.controlBytes));
    if ((header.flags & (linux.MSG_CTRUNC | linux.MSG_TRUNC)) !== 0) {
      this.closeAll(descriptors);
      throw new ChannelError('partial', 'a message came in part: there are too few free descriptors');
    }
    return { message: JSON.parse(this.#buffer.toString('utf8', 0, sizeBytes)) as Received, descriptors };
  }

  cutOff(): void {
    this.#libc.shutdown(this.#fd, linux.SHUT_RDWR);
  }

  closeAll(descriptors: readonly number[]): void {
    for (const fd of descriptors) this.#libc.close(fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#libc.close(this.#fd);
  }

  async #retry(call: () => number, deadlineMs: number, name: string): Promise<number> {
    const untilMs = performance.now() + deadlineMs;
    let wasReset = false;
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const errno = this.#libc.errno();
      const code = errorName(errno);
      if (code === 'ECONNRESET' && !wasReset) {
        // Told once, ahead of the messages that the other side sent before it ended.
        wasReset = true;
      } else if (code === 'EPIPE' || code === 'ECONNRESET' || code === 'ENOTCONN') {
        throw hasEnded();
      } else if (errno !== EAGAIN && errno !== EINTR) {
        throw systemError(errno, name);
      } else if (performance.now() >= untilMs) {
        throw answersLate(deadlineMs);
      } else await sleep(POLL_MS);
    }
  }
}

function headerOf(bytes: Uint8Array, control: Uint8Array | null): MessageHeader {
  return {
    name: null,
    nameBytes: 0,
    parts: { base: bytes, sizeBytes: bytes.length },
    partCount: 1,
    control,
    controlBytes: control?.length ?? 0,
    flags: 0,
  };
}

function controlOf(descriptors: readonly number[]): Uint8Array {
  const sizeBytes = CONTROL_HEAD_BYTES + descriptors.length * DESCRIPTOR_BYTES;
  // Messages are aligned to 8 bytes, their length is not.
  const control = new Uint8Array(Math.ceil(sizeBytes / 8) * 8);
  const view = new DataView(control.buffer);
  view.setBigUint64(0, BigInt(sizeBytes), true);
  view.setInt32(8, linux.SOL_SOCKET, true);
  view.setInt32(12, linux.SCM_RIGHTS, true);
  descriptors.forEach((fd, index) => view.setInt32(CONTROL_HEAD_BYTES + index * DESCRIPTOR_BYTES, fd, true));
  return control;
}

function descriptorsOf(control: Uint8Array): number[] {
  if (control.length < CONTROL_HEAD_BYTES) return [];
  const view = new DataView(control.buffer, control.byteOffset);
  const count = (Number(view.getBigUint64(0, true)) - CONTROL_HEAD_BYTES) / DESCRIPTOR_BYTES;
  return Array.from({ length: count }, (_, index) =>
    view.getInt32(CONTROL_HEAD_BYTES + index * DESCRIPTOR_BYTES, true),
  );
}
