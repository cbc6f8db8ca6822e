/** Settings that others must know of a service to reach it and to tell what runs. */
export interface AnnouncedSettings {
  readonly release?: string | undefined;
  readonly tlsCertFile?: string | undefined;
}

/** Where the registry says that a service is. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The scheme by which a service is called. */
export type ServiceScheme = 'http' | 'https';

/** Metadata for the registry: `version` where a release is named, `scheme` where it is not plain `http`. */
export function announcedMetadata({ release, tlsCertFile }: AnnouncedSettings): Record<string, string> {
  return {
    ...(release === undefined ? {} : { version: release }),
    ...(tlsCertFile === undefined ? {} : { scheme: 'https' }),
  };
}

/** How a registered service is called, by its metadata. Default `http`. */
export function serviceScheme({ metadata }: Pick<ServiceAddress, 'metadata'>): ServiceScheme {
  return metadata['scheme'] === 'https' ? 'https' : 'http';
}

/** `host:port`, the host in brackets when it is an IPv6 address. */
export function serviceAuthority({ host, port }: Pick<ServiceAddress, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Base URL of a registered service. */
export function serviceUrl(service: ServiceAddress): string {
  return `${serviceScheme(service)}://${serviceAuthority(service)}`;
}
