// Tells Docker whether the service in this container is ready: exit code 0 or 1. The certificate of a service that speaks
// TLS is for names by which others reach it, not for this machine's own: it is not checked here.
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

const { PORT, TLS_CERT_FILE } = process.env;
const get = TLS_CERT_FILE ? getSecure : getPlain;
const options = { host: '127.0.0.1', port: PORT, path: '/readyz', timeout: 3_000, rejectUnauthorized: false };

const request = get(options, (response) => {
  process.stdout.write(`${response.statusCode} `);
  response.pipe(process.stdout);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error('no answer within 3 s')));
request.on('error', (error) => {
  process.stdout.write(`port ${PORT}: ${error.message}`);
  process.exitCode = 1;
});
