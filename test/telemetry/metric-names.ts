/** Words of PromQL that are no names of metrics: operators, functions, and what they group by. */
const words = new Set(
  'sum min max avg count by without rate increase changes delta histogram_quantile min_over_time max_over_time time and or unless on ignoring group_left group_right label_replace clamp_min topk'.split(
    ' ',
  ),
);

/** The names of the metrics that a PromQL expression asks for; of a histogram its base name. */
export function metricNames(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/gu, '')
    .replaceAll(/\{[^}]*\}/gu, '')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/gu, '')
    .replaceAll(/\[[^\]]*\]/gu, '')
    .replaceAll(/\b\d[\w.]*/gu, '');
  const names = [...bare.matchAll(/[A-Za-z_][\w:]*/gu)].map(([name]) => name);
  return names.filter((name) => !words.has(name)).map((name) => name.replace(/_(?:bucket|sum|count)$/u, ''));
}
