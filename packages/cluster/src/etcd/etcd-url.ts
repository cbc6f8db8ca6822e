/** Where an etcd cluster is and how to log in. */
export interface EtcdAddress {
  /** Base URLs of the JSON gateways, one a member. */
  readonly endpoints: readonly string[];
  readonly username: string | null;
  readonly password: string | null;
  /** All keys start with it; ends with a slash. */
  readonly prefix: string;
}

const defaultPort = 2379;
const pattern = /^(etcds?):\/\/(?:([^:@/]+):([^@/]*)@)?([^@/?#]+)(\/[^?#]*)?$/;

/**
 * Reads `etcd://[user:password@]host[:port][,host[:port]…][/prefix]`, or `etcds://…` for TLS. The password may be
 * percent-encoded. Private certificate authorities are given to Node.js by NODE_EXTRA_CA_CERTS.
 * @param defaultPrefix used when the URL has none.
 * @throws RangeError that does not repeat the URL: it may hold a password.
 */
export function parseEtcdUrl(url: string, defaultPrefix: string): EtcdAddress {
  const match = pattern.exec(url);
  if (match === null) {
    throw new RangeError(
      'must be etcd://[user:password@]host[:port][,host[:port]…][/prefix], or etcds:// for TLS',
    );
  }
  const [, scheme, username, password, hosts = '', path] = match;
  const protocol = scheme === 'etcds' ? 'https' : 'http';
  return {
    endpoints: hosts.split(',').map((host) => endpointOf(protocol, host.trim())),
    username: username === undefined ? null : decodeURIComponent(username),
    password: password === undefined ? null : decodeURIComponent(password),
    prefix: path === undefined || path === '/' ? defaultPrefix : `${path.replace(/\/+$/, '')}/`,
  };
}

function endpointOf(protocol: string, host: string): string {
  const withPort = /:\d+$/.test(host) ? host : `${host}:${defaultPort}`;
  const url = URL.parse(`${protocol}://${withPort}`);
  if (host === '' || url === null)
    throw new RangeError('each host must be a name or an address, with or without port');
  return `${protocol}://${withPort}`;
}
