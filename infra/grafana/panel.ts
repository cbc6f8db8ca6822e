/** A graph over time. */
export interface Panel {
  readonly title: string;
  /** A unit of Grafana: `short`, `s`, `bytes`, `Bps`, `reqps`, `cps`, `ops`, `percentunit`. */
  readonly unit: string;
  /** PromQL, and how its series are called. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
}

export interface Dashboard {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const columns = 2;
const panelWidth = 24 / columns;
const panelHeight = 8;

/** The JSON that Grafana (11 and later) is provisioned with; the data source is chosen on the dashboard. */
export function toGrafana({ uid, title, panels }: Dashboard): object {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    uid,
    title,
    tags: ['hanok'],
    schemaVersion: 39,
    editable: false,
    refresh: '15s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' }],
    },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      title: panel.title,
      type: 'timeseries',
      datasource,
      gridPos: {
        x: (index % columns) * panelWidth,
        y: Math.floor(index / columns) * panelHeight,
        w: panelWidth,
        h: panelHeight,
      },
      fieldConfig: {
        defaults: { unit: panel.unit, min: 0, custom: { fillOpacity: 8, showPoints: 'never' } },
        overrides: [],
      },
      options: {
        legend: { displayMode: 'list', placement: 'bottom' },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
      targets: panel.queries.map(([expr, legendFormat], query) => ({
        refId: String.fromCodePoint(65 + query),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
}
