/** What policies have decided, as Prometheus text: of thousands of limits in many turns. */
import { expect, test } from 'vitest';
import { Cells } from '../../src/metrics/cells.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import { PolicyCounts } from '../../src/metrics/policy-cells.ts';

function expositionOf(limits: number, counts = PolicyCounts.reserve(2)): Exposition {
  const counted = Array.from({ length: limits }, (_, place) => {
    return { policy: `p${place}`, limit: 'a', place, isDry: place === 1 };
  });
  return new Exposition({
    cells: Cells.reserve(1),
    version: '0',
    maxKeys: 1,
    keys: () => 0,
    policies: { counts, limits: () => counted },
  });
}

test('what each limit came to, added up over threads', async () => {
  const counts = PolicyCounts.reserve(2);
  for (const row of [0, 1]) new PolicyCounts(counts, row).add(0, 'allowed');
  new PolicyCounts(counts, 1).add(1, 'would_deny');
  new PolicyCounts(counts, 1).add(1, 'denied');
  const lines = (await expositionOf(2, counts).render()).split('\n');
  expect(lines.filter((line) => line.includes('argus_policy_decisions_total'))).toEqual([
    '# HELP argus_policy_decisions_total What each limit of each policy came to.',
    '# TYPE argus_policy_decisions_total counter',
    'argus_policy_decisions_total{policy="p0",limit="a",outcome="allowed"} 2',
    'argus_policy_decisions_total{policy="p0",limit="a",outcome="denied"} 0',
    'argus_policy_decisions_total{policy="p0",limit="a",outcome="exempt"} 0',
    'argus_policy_decisions_total{policy="p1",limit="a",outcome="allowed"} 0',
    // Of the time before it was a dry run.
    'argus_policy_decisions_total{policy="p1",limit="a",outcome="denied"} 1',
    'argus_policy_decisions_total{policy="p1",limit="a",outcome="would_deny"} 1',
    'argus_policy_decisions_total{policy="p1",limit="a",outcome="exempt"} 0',
  ]);
  expect(lines.at(-1)).toBe('');
});

test('ten thousand limits hold nobody up, and scrapes meanwhile share them', async () => {
  const exposition = expositionOf(10_000);
  const rendering = exposition.render();
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    expect(isDone || exposition.render() === rendering).toBe(true);
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const text = await rendering;
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(50);
  expect(text.match(/^argus_policy_decisions_total/gm)).toHaveLength(30_000);
});
