import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboards } from './dashboards.ts';
import { toGrafana } from './panel.ts';

// `node infra/grafana/render.ts` and then prettier write the JSON anew after a change of dashboards.ts; a test compares them.
for (const dashboard of dashboards) {
  const path = join(import.meta.dirname, 'dashboards', `${dashboard.uid}.json`);
  writeFileSync(path, `${JSON.stringify(toGrafana(dashboard), undefined, 2)}\n`);
}
