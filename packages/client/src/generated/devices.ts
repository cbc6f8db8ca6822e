// Generated from the API document by `npm run generate`; do not edit.

/** List the devices of a player */
export interface GetPlayersByIdDevices {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      /** `first`: the device of the player itself (`deviceId` of its registration) */
      readonly id: string;
      readonly name: string | null;
      /** Null for `first` */
      readonly linkedAt: string | null;
    }[];
  };
}

/**
 * Link a further device
 *
 * It can log the player in from now on. At most 20 beside the first.
 */
export interface PostPlayersByIdDevices {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: {
    /** Secret id of the device, 16 to 128 visible ASCII characters; whoever knows it can log in */
    readonly deviceId: string;
    /** For people */
    readonly name?: string;
  };
  readonly answer: {
    /** `first`: the device of the player itself (`deviceId` of its registration) */
    readonly id: string;
    readonly name: string | null;
    /** Null for `first` */
    readonly linkedAt: string | null;
  };
}

/**
 * Unlink a device
 *
 * It can no longer log in, and all sessions but that of the request end.
 */
export interface DeletePlayersByIdDevicesByDevice {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
    /** `first`: the device of the player itself (`deviceId` of its registration) */
    readonly device: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}
