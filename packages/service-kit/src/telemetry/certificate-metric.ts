import { X509Certificate } from 'node:crypto';
import { Gauge, type Registry } from 'prom-client';

/** Adds when the certificate in use ends. @param current the PEM of the chain in use, own certificate first */
export function addCertificateMetric(registry: Registry, current: () => string): void {
  const metric: Gauge = new Gauge({
    name: 'hanok_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that this service shows ends, seconds since the epoch',
    registers: [registry],
    collect: () => metric.set(new X509Certificate(current()).validToDate.getTime() / 1_000),
  });
}
