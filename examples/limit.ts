/** May this key do this now? Twice a minute it may. */
import { ArgusClient } from '@argus-limit/argus/client';

const url = process.env['ARGUS_URL'] ?? 'http://127.0.0.1:8123';
const client = new ArgusClient({ url, timeoutMs: 2_000, onError: 'throw' });

for (let i = 0; i < 3; i++) {
  const decision = await client.limit({ key: 'alice', capacity: 2, interval: 1, unit: 'm' });
  const { allowed, remaining, retryAfterMs } = decision;
  console.log(allowed ? `allowed, ${remaining} left` : `denied for ${retryAfterMs / 1_000} s`);
}
client.close();
