/** A server that answers each address five times a minute; searching counts as two. */
import { ArgusClient, keyOfAddress, rateLimit } from '@argus-limit/argus/client';
import express from 'express';

const url = process.env['ARGUS_URL'] ?? 'http://127.0.0.1:8123';
const client = new ArgusClient({ url, timeoutMs: 2_000, onError: 'allow' });

const app = express();
const limit = { capacity: 5, interval: 1, unit: 'm' } as const;
const cost = (req: express.Request) => (req.path === '/search' ? 2 : 1);
// Whoever has one IPv6 address has all of its /64.
const key = (req: express.Request) => `address ${keyOfAddress(req.ip, { ipv6Prefix: 64 })}`;
app.use(rateLimit({ client, key, limit, cost }));
app.get('/{*path}', (_req, res) => {
  res.send('hello\n');
});

const port = process.env['PORT'] ?? '3000';
app.listen(Number(port), () => console.log(`listening on port ${port}`));
