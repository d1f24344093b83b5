/**
 * Chooses between JSON and text by the Accept field (RFC 9110, 12.5.1).
 *
 * The form that is not the default has to be asked for by its name and ranked above the other.
 * Ties, wildcards and no field at all give the default; nothing is ever refused for its Accept.
 */

export type Form = 'json' | 'text';

const NAMES: Readonly<Record<Form, string>> = { json: 'application/json', text: 'text/plain' };
const RANGES: Readonly<Record<Form, string>> = { json: 'application/*', text: 'text/*' };

export function chooseForm(accept: string | undefined, byDefault: Form): Form {
  if (accept === undefined || accept === '*/*' || accept === NAMES[byDefault]) return byDefault;
  const other = byDefault === 'json' ? 'text' : 'json';
  const qualities = qualitiesOf(accept);
  const asked = qualities.get(NAMES[other]);
  if (asked === undefined) return byDefault;
  const rival =
    qualities.get(NAMES[byDefault]) ?? qualities.get(RANGES[byDefault]) ?? qualities.get('*/*');
  return asked > (rival ?? 0) ? other : byDefault;
}

/** Each media range with its weight; of one given twice the higher counts. */
function qualitiesOf(accept: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const element of accept.split(',')) {
    const [range = '', ...parameters] = element.split(';');
    const name = range.trim().toLowerCase();
    const quality = qualityOf(parameters);
    qualities.set(name, Math.max(quality, qualities.get(name) ?? 0));
  }
  return qualities;
}

/** 1 where none is given; 0 for one that is no weight. */
function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const weight = /^q\s*=\s*(.*)$/i.exec(parameter.trim())?.[1];
    if (weight !== undefined)
      return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
  }
  return 1;
}
