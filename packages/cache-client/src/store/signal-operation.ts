import { nothing } from './decode.ts';
import type { Operation } from './operation.ts';

/** Key: what is listened to. Argument: what its listeners are told. */
export const signalOperation: Operation<void> = {
  name: 'signal',
  // Nothing that is stored.
  effect: 'reads',
  redis: { command: ([key = ''], [payload = '']) => ['PUBLISH', key, payload] },
  memory: (space, [key = ''], [payload = '']) => {
    space.signals.signal(key, payload);
    return null;
  },
  decode: nothing,
};
