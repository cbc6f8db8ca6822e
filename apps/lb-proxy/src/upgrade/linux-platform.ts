import type { Libc } from '../relay/linux/libc.ts';
import { DescriptorChannel } from './descriptor-channel.ts';
import { checkSocketPath } from './socket-path.ts';
import type { UpgradePlatform } from './upgrade-platform.ts';
import { acceptFrom, connectTo, listenAt, MAX_PATH_BYTES } from './upgrade-socket.ts';

/** Linux: sockets travel beside the messages. */
export function linuxPlatform(libc: Libc): UpgradePlatform {
  return {
    movesSockets: true,
    checkPath: (path) => checkSocketPath(path, MAX_PATH_BYTES),
    connect: (path) => {
      const fd = connectTo(libc, path);
      return Promise.resolve(fd === undefined ? undefined : new DescriptorChannel(libc, fd));
    },
    listen: (path) => {
      const socket = listenAt(libc, path);
      return Promise.resolve({
        accept: () => {
          const fd = acceptFrom(libc, socket);
          return fd === undefined ? undefined : new DescriptorChannel(libc, fd);
        },
        close: () => void libc.close(socket),
      });
    },
  };
}
