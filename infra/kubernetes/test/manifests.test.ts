import { describe, expect, it } from 'vitest';
import { render, type Labels, type Manifest } from './render.ts';
import { strictFindings, validate } from './schemas.ts';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly startupProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly securityContext: object;
}

interface Workload extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: object;
        readonly automountServiceAccountToken: boolean;
        readonly containers: readonly Container[];
      };
    };
  };
}

const overlays = { 'single-node': render('single-node'), fleet: render('fleet') } as const;
const isWorkload = (manifest: Manifest): manifest is Workload =>
  manifest.kind === 'Deployment' || manifest.kind === 'StatefulSet';
const labelsOf = (workload: Workload) => workload.spec.template.metadata.labels;
const selects = (selector: Labels, labels: Labels) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

/** The milliseconds that a setting gives, or undefined. */
function settingMs({ env }: Container, name: string): number {
  return Number(env.find((each) => each.name === name)?.value ?? 0);
}

describe.each(Object.entries(overlays))('the overlay %s', (_name, manifests) => {
  const workloads = manifests.filter(isWorkload);
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);

  it('keeps to the schemas of Kubernetes and of the Prometheus operator', async () => {
    expect(manifests.length).toBeGreaterThan(15);
    for (const manifest of manifests) await validate(manifest);
    expect(strictFindings(manifests)).toBe('');
  });

  it('runs every service', () => {
    const names = workloads.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
    expect(names).toEqual([
      'Deployment cache-service',
      'Deployment lb-proxy',
      'Deployment player-service',
      'StatefulSet coordinator',
    ]);
  });

  it('confines every container and probes it', () => {
    for (const { spec } of workloads) {
      const { containers, securityContext, automountServiceAccountToken } = spec.template.spec;
      expect(automountServiceAccountToken).toBe(false);
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
        expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
        expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      }
    }
  });

  it('gives every stop the time it takes: preStop, then what the service allows itself', () => {
    for (const { spec, metadata } of workloads) {
      for (const container of spec.template.spec.containers) {
        const preStopMs = Number(container.lifecycle.preStop.exec.command.at(-1)) * 1_000;
        const deadlineMs = settingMs(container, 'SHUTDOWN_DEADLINE_MS') || 8_000;
        const graceMs = spec.template.spec.terminationGracePeriodSeconds * 1_000;
        expect(preStopMs + deadlineMs, metadata.name).toBeLessThan(graceMs);
        expect(settingMs(container, 'DRAIN_DELAY_MS'), metadata.name).toBeLessThan(deadlineMs);
        expect(settingMs(container, 'DRAIN_TIMEOUT_MS'), metadata.name).toBeLessThan(deadlineMs);
      }
    }
  });

  it('has services, disruption budgets and network policies that select pods there are', () => {
    const selectors = [
      ...ofKind('Service').map(({ spec }) => spec?.['selector'] as Labels),
      ...ofKind('PodDisruptionBudget').map(
        ({ spec }) => (spec?.['selector'] as { matchLabels: Labels } | undefined)?.matchLabels ?? {},
      ),
      ...ofKind('NetworkPolicy').map(
        ({ spec }) => (spec?.['podSelector'] as { matchLabels?: Labels } | undefined)?.matchLabels ?? {},
      ),
    ];
    expect(ofKind('PodDisruptionBudget')).toHaveLength(workloads.length);
    expect(selectors.length).toBeGreaterThan(12);
    for (const selector of selectors)
      expect(workloads.filter((workload) => selects(selector, labelsOf(workload)))).not.toEqual([]);
  });

  it('has no secret in it, and takes every secret from a file', () => {
    expect(ofKind('Secret')).toEqual([]);
    const direct = /^(ADMIN_TOKEN|CLUSTER_KEY)$/;
    for (const { spec } of workloads) {
      const names = spec.template.spec.containers.flatMap(({ env }) => env.map(({ name }) => name));
      expect(names.filter((name) => direct.test(name))).toEqual([]);
      expect(names).toContain('ADMIN_TOKEN_FILE');
    }
  });

  it('never has fewer pods while it upgrades, where there can be more', () => {
    const strategies = workloads.map(
      ({ spec }) => (spec as { strategy?: { type: string; rollingUpdate?: object } }).strategy,
    );
    const rolling = strategies.filter((strategy) => strategy?.type === 'RollingUpdate');
    expect(rolling.length).toBeGreaterThanOrEqual(2);
    expect(rolling.map((strategy) => strategy?.rollingUpdate)).toEqual(
      rolling.map(() => ({ maxSurge: 1, maxUnavailable: 0 })),
    );
  });
});

describe('the fleet', () => {
  it('scales what can be scaled, within bounds, and leaves the number of pods to that', () => {
    const scaled = overlays.fleet.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(scaled.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'cache-service',
      'lb-proxy',
      'player-service',
    ]);
    for (const { metadata } of scaled) {
      const target = overlays.fleet.filter(isWorkload).find((each) => each.metadata.name === metadata.name);
      expect(target?.spec.replicas).toBeUndefined();
    }
  });

  it('is scraped', () => {
    expect(overlays.fleet.filter(({ kind }) => kind === 'ServiceMonitor')).toHaveLength(1);
  });
});

describe('the schemas', () => {
  const [deployment] = overlays.fleet.filter(isWorkload);
  const broken = (change: object) =>
    deployment === undefined ? [] : [{ ...deployment, spec: { ...deployment.spec, ...change } }];

  it('find a wrong type', async () => {
    for (const manifest of broken({ replicas: 'three' }))
      await expect(validate(manifest)).rejects.toThrow('replicas');
    expect(deployment).toBeDefined();
  });

  it('find an unknown field', () => {
    expect(strictFindings(broken({ replica: 3 }))).toMatch(/'"?replica"?' does not exist in type/);
  });
});
