import { Type } from 'typebox';

/** Settings by which a service speaks TLS and trusts others that do. `commonConfig` has them. */
export const tlsConfig = {
  tlsCertFile: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description: 'PEM file of the certificate chain to serve HTTPS with, own first; read again on SIGHUP',
    }),
  ),
  tlsKeyFile: Type.Optional(
    Type.String({ minLength: 1, maxLength: 4_096, description: 'PEM file of the key of that certificate' }),
  ),
  tlsCaFile: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description: 'PEM file of certificate authorities to trust, besides the known ones, in every call',
    }),
  ),
};

/** What `tlsConfig` reads from the environment. */
export interface TlsSettings {
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsCaFile?: string | undefined;
}
