import { ifMatch, type VersionedChangeOptions } from './players.ts';
import type { Answer, Body, Routes } from './routes.ts';
import type { CallOptions, Received } from './transport.ts';

/** A player's own JSON document, which the game shapes. */
export type PlayerDocument = Answer<'GET /v1/players/{id}/data'>;

/** The document and its version, which counts its changes and is none of the player's; 0 until something is stored. */
export interface PlayerData {
  readonly document: PlayerDocument;
  readonly version: number;
}

/** `/v1/players/{id}/data` */
export class PlayerDocuments {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  async get(playerId: string, options?: CallOptions): Promise<PlayerData> {
    const parts = { path: { id: playerId } };
    return withVersion(await this.#routes.receive('GET /v1/players/{id}/data', parts, options));
  }

  /** Stores another document in place of the one there is. */
  async replace(
    playerId: string,
    document: Body<'PUT /v1/players/{id}/data'>,
    options: VersionedChangeOptions = {},
  ): Promise<PlayerData> {
    const parts = { path: { id: playerId }, body: document };
    return withVersion(await this.#routes.receive('PUT /v1/players/{id}/data', parts, ifMatch(options)));
  }

  /** Merges a patch into the document (RFC 7396): `null` takes a member away. */
  async patch(
    playerId: string,
    patch: Body<'PATCH /v1/players/{id}/data'>,
    options: VersionedChangeOptions = {},
  ): Promise<PlayerData> {
    const parts = { path: { id: playerId }, body: patch };
    return withVersion(await this.#routes.receive('PATCH /v1/players/{id}/data', parts, ifMatch(options)));
  }
}

function withVersion({ body, headers }: Received<PlayerDocument>): PlayerData {
  return { document: body, version: Number(headers.get('etag')?.replaceAll('"', '') ?? 0) };
}
