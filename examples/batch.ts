/** Calls made at once go as one request; each has its own decision, in order. */
import { ArgusClient } from '@argus-limit/argus/client';

const url = process.env['ARGUS_URL'] ?? 'http://127.0.0.1:8123';
const client = new ArgusClient({ url, timeoutMs: 2_000, onError: 'deny' });

const users = ['bob', 'carol', 'bob', 'bob', 'carol'];
const decisions = await Promise.all(
  users.map((key) => client.limit({ key, capacity: 2, interval: 1, unit: 'm' })),
);
for (const [i, user] of users.entries()) {
  console.log(`${user}: ${decisions[i]?.allowed ? 'allowed' : 'denied'}`);
}
client.close();
