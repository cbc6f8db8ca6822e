import type { Dashboard } from './panel.ts';

const rate = (metric: string, by: string, window = '$__rate_interval') =>
  `sum by (${by}) (rate(${metric}[${window}]))`;
const quantile = (q: number, metric: string, by: string) =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket[$__rate_interval])))`;

/** Every dashboard; `render.ts` makes the JSON of Grafana of them. */
export const dashboards: readonly Dashboard[] = [
  {
    uid: 'hanok-overview',
    title: 'Hanok: overview',
    panels: [
      { title: 'Services that answer', unit: 'short', queries: [['count by (job) (up == 1)', '{{job}}']] },
      {
        title: 'Coordinators that lead',
        unit: 'short',
        queries: [['hanok:coordinator_leaders:sum', 'leaders']],
      },
      { title: 'Requests', unit: 'reqps', queries: [['hanok:http_requests:rate5m', '{{job}}']] },
      { title: 'Share of 5xx', unit: 'percentunit', queries: [['hanok:http_errors:ratio5m', '{{job}}']] },
      {
        title: 'Time to answer, p99',
        unit: 's',
        queries: [['hanok:http_latency_seconds:p99_5m', '{{job}}']],
      },
      {
        title: 'Clients connected',
        unit: 'short',
        queries: [['sum by (listener) (lb_connections_active)', '{{listener}}']],
      },
      {
        title: 'Event loop, delay',
        unit: 's',
        queries: [['max by (job, instance) (hanok_event_loop_delay_seconds)', '{{instance}}']],
      },
      {
        title: 'Requests turned away',
        unit: 'reqps',
        queries: [[rate('hanok_shed_requests_total', 'job, instance'), '{{instance}}']],
      },
      {
        title: 'Processor',
        unit: 'percentunit',
        queries: [[rate('process_cpu_seconds_total', 'job, instance'), '{{instance}}']],
      },
      {
        title: 'Memory',
        unit: 'bytes',
        queries: [['max by (job, instance) (process_resident_memory_bytes)', '{{instance}}']],
      },
    ],
  },
  {
    uid: 'hanok-load-balancer',
    title: 'Hanok: load balancer',
    panels: [
      {
        title: 'New clients',
        unit: 'cps',
        queries: [[rate('lb_connections_total', 'listener'), '{{listener}}']],
      },
      {
        title: 'Clients connected and waiting',
        unit: 'short',
        queries: [
          ['sum by (listener) (lb_connections_active)', '{{listener}} connected'],
          ['sum by (listener) (lb_connections_waiting)', '{{listener}} waiting'],
        ],
      },
      {
        title: 'Turned away',
        unit: 'cps',
        queries: [['hanok:lb_refused:rate5m', '{{listener}} {{reason}}']],
      },
      { title: 'How relays end', unit: 'cps', queries: [[rate('lb_ended_total', 'reason'), '{{reason}}']] },
      {
        title: 'Backends',
        unit: 'short',
        queries: [
          ['hanok:lb_eligible_backends:sum', '{{listener}} get new clients'],
          ['sum by (listener) (lb_backend_up)', '{{listener}} healthy'],
        ],
      },
      {
        title: 'Connections of each backend',
        unit: 'short',
        queries: [['sum by (backend) (lb_backend_connections_active)', '{{backend}}']],
      },
      {
        title: 'New connections of each backend',
        unit: 'cps',
        queries: [[rate('lb_backend_connections_total', 'backend'), '{{backend}}']],
      },
      {
        title: 'Response time of each backend, p50',
        unit: 's',
        queries: [[quantile(0.5, 'lb_backend_response_time_seconds', 'backend'), '{{backend}}']],
      },
      {
        title: 'Response time of each backend, p99',
        unit: 's',
        queries: [[quantile(0.99, 'lb_backend_response_time_seconds', 'backend'), '{{backend}}']],
      },
      {
        title: 'Failed connects',
        unit: 'cps',
        queries: [[rate('lb_backend_connect_failures_total', 'backend'), '{{backend}}']],
      },
      {
        title: 'Relayed',
        unit: 'Bps',
        queries: [
          [rate('lb_backend_sent_bytes_total', 'listener'), '{{listener}} to backends'],
          [rate('lb_backend_received_bytes_total', 'listener'), '{{listener}} to clients'],
        ],
      },
      { title: 'Workers', unit: 'short', queries: [['sum by (listener) (lb_workers)', '{{listener}}']] },
    ],
  },
  {
    uid: 'hanok-cluster',
    title: 'Hanok: cluster',
    panels: [
      { title: 'Leader', unit: 'short', queries: [['hanok_coordinator_is_leader', '{{instance}}']] },
      { title: 'Term', unit: 'short', queries: [['hanok_coordinator_term', '{{instance}}']] },
      {
        title: 'Coordinators as they seem',
        unit: 'short',
        queries: [['max by (state) (hanok_coordinator_members)', '{{state}}']],
      },
      {
        title: 'Registered services',
        unit: 'short',
        queries: [['max by (state) (hanok_coordinator_nodes)', '{{state}}']],
      },
      {
        title: 'Changes of the registry',
        unit: 'ops',
        queries: [['max(rate(hanok_coordinator_registry_revision[$__rate_interval]))', 'changes']],
      },
      {
        title: 'Voters behind',
        unit: 'short',
        queries: [['hanok_coordinator_voter_lag_entries', '{{voter}}']],
      },
      {
        title: 'Disk, p99 of a write',
        unit: 's',
        queries: [['hanok:coordinator_disk_write_seconds:p99_5m', '{{instance}}']],
      },
      {
        title: 'Log entries kept',
        unit: 'short',
        queries: [['hanok_coordinator_log_entries', '{{instance}}']],
      },
      {
        title: 'Frames not taken',
        unit: 'short',
        queries: [['hanok_coordinator_dropped_frames', '{{instance}} {{reason}}']],
      },
      {
        title: 'Open streams of events',
        unit: 'short',
        queries: [['hanok_coordinator_event_streams', '{{instance}}']],
      },
    ],
  },
  {
    uid: 'hanok-players',
    title: 'Hanok: players and cache',
    panels: [
      {
        title: 'Requests by route',
        unit: 'reqps',
        queries: [
          [
            rate('http_request_duration_seconds_count{job="player-service"}', 'method, route'),
            '{{method}} {{route}}',
          ],
        ],
      },
      {
        title: 'Time to answer by route, p99',
        unit: 's',
        queries: [[quantile(0.99, 'http_request_duration_seconds', 'route'), '{{route}}']],
      },
      {
        title: 'Answers by status',
        unit: 'reqps',
        queries: [
          [rate('http_request_duration_seconds_count{job="player-service"}', 'status'), '{{status}}'],
        ],
      },
      {
        title: 'Writes and commits of SQLite',
        unit: 'ops',
        queries: [
          [rate('hanok_database_writes_total', 'instance'), '{{instance}} writes'],
          [rate('hanok_database_commits_total', 'instance'), '{{instance}} commits'],
        ],
      },
      {
        title: 'Waiting for the database',
        unit: 'short',
        queries: [
          ['hanok_database_waiting', '{{instance}} for a connection'],
          ['hanok_database_queued_writes', '{{instance}} for a commit'],
        ],
      },
      {
        title: 'Webhooks',
        unit: 'short',
        queries: [['max by (status) (hanok_webhook_deliveries)', '{{status}}']],
      },
      { title: 'Oldest webhook', unit: 's', queries: [['max(hanok_webhook_oldest_seconds)', 'oldest']] },
      {
        title: 'Last audit: what it found wrong',
        unit: 'short',
        queries: [['hanok_audit_differences', '{{instance}} {{outcome}}']],
      },
      {
        title: 'Cache reached',
        unit: 'short',
        queries: [
          ['hanok_player_cache_connected', '{{instance}}'],
          ['hanok_cache_shard_connected', '{{instance}} {{shard}}'],
        ],
      },
      { title: 'Memory engine', unit: 'bytes', queries: [['hanok_cache_memory_bytes', '{{instance}}']] },
      {
        title: 'Keys in the memory engine',
        unit: 'short',
        queries: [['hanok_cache_memory_keys', '{{instance}}']],
      },
      {
        title: 'Keys given up',
        unit: 'ops',
        queries: [[rate('hanok_cache_memory_evictions_total', 'instance'), '{{instance}}']],
      },
    ],
  },
];
