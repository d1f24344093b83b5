/** Renders the chart of deploy/helm/, by helm or without it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import { run } from '../../support/resp-tools.ts';
import { read } from '../deployment-facts.ts';
import { FUNCTIONS } from './functions.ts';
import { GoTemplates } from './go-template.ts';

export const CHART: string = fileURLToPath(new URL('../../../deploy/helm/argus', import.meta.url));
const PATH = 'deploy/helm/argus';
/** Helm goes by that of its own release otherwise. */
const KUBE = '1.34.0';

/** `redis.existingSecret` to what it is set to. */
export type Values = Readonly<Record<string, unknown>>;

export interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Throws, as helm does, where the values are wrong. */
export function rendered(values: Values): readonly Rendered[] {
  const all = parse(read(`${PATH}/values.yaml`)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(values)) setAt(all, path.split('/'), value);
  checkAgainstSchema(all);
  const chart = parse(read(`${PATH}/Chart.yaml`)) as Record<string, unknown>;
  const root = {
    Values: all,
    Chart: { Name: chart['name'], Version: chart['version'], AppVersion: chart['appVersion'] },
    Release: { Name: 'argus', Namespace: 'default', Service: 'Helm' },
  };
  const templates = new GoTemplates(FUNCTIONS);
  templates.define(read(`${PATH}/templates/_helpers.tpl`));
  const files = readdirSync(`${CHART}/templates`).filter((name) => name.endsWith('.yaml'));
  return files.flatMap((name) =>
    objectsOf(templates.render(read(`${PATH}/templates/${name}`), root)),
  );
}

export async function renderedByHelm(values: Values): Promise<readonly Rendered[]> {
  const set = Object.entries(values).flatMap(([path, value]) => {
    const name = path.replaceAll('.', '\\.').replaceAll('/', '.');
    return ['--set-json', `${name}=${JSON.stringify(value)}`];
  });
  const { code, output } = await run('helm', [
    'template',
    'argus',
    CHART,
    '--kube-version',
    KUBE,
    ...set,
  ]);
  if (code !== 0) throw new Error(output);
  return objectsOf(output);
}

function objectsOf(text: string): readonly Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${document.errors[0]?.message}\n${text}`);
    const object = document.toJS() as Rendered | null;
    return object === null ? [] : [object];
  });
}

function setAt(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) into[first] = value;
  else setAt(into[first] as Record<string, unknown>, rest, value);
}

function checkAgainstSchema(values: unknown): void {
  const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as object;
  const ajv = new Ajv({ strictTypes: false });
  if (!ajv.validate(schema, values)) throw new Error(ajv.errorsText());
}
