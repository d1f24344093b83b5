/** Reads what /metrics answers, as Prometheus would. */
import { get } from './ask.ts';

/** Values by their sample as it is written: the name, and the labels in braces if there are any. */
export type Samples = ReadonlyMap<string, number>;

const SAMPLE =
  /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})?) (-?[\d.]+(?:e[+-]?\d+)?|Nan|[+-]Inf)$/;

export async function scrape(service: { readonly port: number }): Promise<Samples> {
  const { body } = await get(service, '/metrics');
  const samples = new Map<string, number>();
  for (const line of body.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || samples.has(name)) throw new Error(`Not a sample: ${line}`);
    samples.set(name, Number(value));
  }
  return samples;
}

/** All samples of one metric, added up. */
export function total(samples: Samples, name: string): number {
  let sum = 0;
  for (const [sample, value] of samples) {
    if (sample === name || sample.startsWith(`${name}{`)) sum += value;
  }
  return sum;
}
