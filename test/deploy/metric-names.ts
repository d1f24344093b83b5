/**
 * Holds PromQL, as dashboards and alert rules have it, against what a service exports: every metric
 * that it names, and every label that it matches, groups by or shows.
 *
 * Not a parser of PromQL: it takes out strings, label sets, groupings and ranges, and what is left
 * over and is neither a function nor a keyword is a metric.
 */
import { parse } from 'yaml';

/** Prometheus adds these itself. */
const OWN_METRICS = ['up'];
const OWN_LABELS = ['instance', 'job', 'le'];
const KEYWORDS = ['and', 'or', 'unless', 'on', 'ignoring', 'bool', 'offset'];

const GROUPING = /\b(?:by|without)\s*\(([^)]*)\)/g;
const SELECTOR = /([a-zA-Z_:][\w:]*)\{([^}]*)\}/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;

export interface Exported {
  readonly names: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  /** Each as `metric label=value`. */
  readonly values: ReadonlySet<string>;
}

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** What stands in the text of GET /metrics. */
export function exported(exposition: string): Exported {
  const names = new Set(OWN_METRICS);
  const labels = new Set(OWN_LABELS);
  const values = new Set<string>();
  for (const [, name = '', set = ''] of exposition.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    names.add(name);
    for (const [, label = '', value] of set.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.add(label);
      values.add(`${name} ${label}=${value}`);
    }
  }
  return { names, labels, values };
}

export function queryFaults(
  { expr, legend }: Query,
  { names, labels, values }: Exported,
): string[] {
  const faults = metricsOf(expr)
    .filter((name) => !names.has(name))
    .map((name) => `${expr}: no metric ${name}`);
  const shown = [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label);
  const grouped = [...expr.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(/[\s,]+/));
  for (const label of [...shown, ...grouped]) {
    if (!labels.has(label)) faults.push(`${expr}: no label ${label}`);
  }
  for (const [, name, set = ''] of expr.matchAll(SELECTOR)) {
    for (const [, label = '', operator, value] of set.matchAll(MATCHER)) {
      if (OWN_LABELS.includes(label)) continue;
      const known = operator === '=' ? values.has(`${name} ${label}=${value}`) : labels.has(label);
      if (!known) faults.push(`${expr}: ${name} never has ${label}="${value}"`);
    }
  }
  return faults;
}

export function metricsOf(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(GROUPING, ' ');
  return [...bare.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)(\s*\()?/g)]
    .filter(([, name = '', call]) => call === undefined && !KEYWORDS.includes(name))
    .map(([, name = '']) => name);
}

/** The queries of a Grafana dashboard: of its panels and of its variables. */
export function dashboardQueries(text: string): Query[] {
  const dashboard = JSON.parse(text) as {
    panels: { targets?: { expr: string; legendFormat: string }[] }[];
    templating: { list: { definition: string }[] };
  };
  const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
  const variables = dashboard.templating.list.map(({ definition }) => {
    const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
    return { expr: metric, legend: `{{${label}}}` };
  });
  return [
    ...targets.map((target) => ({ expr: target.expr, legend: target.legendFormat })),
    ...variables,
  ];
}

/** The queries of a file of alert rules, each with the labels that its texts show as its legend. */
export function alertQueries(text: string): Query[] {
  const { groups } = parse(text) as {
    groups: { rules: { expr: string; annotations: Record<string, string> }[] }[];
  };
  return groups
    .flatMap((group) => group.rules)
    .map(({ expr, annotations }) => {
      const texts = Object.values(annotations).join(' ');
      const shown = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => `{{${label}}}`);
      return { expr, legend: shown.join(' ') };
    });
}
