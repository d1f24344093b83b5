/** Asks the service at the url it is given, and ends without closing the client. */
import { ArgusClient } from '../../src/client/client.ts';

const client = new ArgusClient({ url: process.argv[2] ?? '', timeoutMs: 20_000 });
const { allowed } = await client.limit({ key: 'k', capacity: 1, interval: 1 });
console.log(allowed);
