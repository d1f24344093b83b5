#!/usr/bin/env bash
# What is seen: ioredis 6.0.0 goes on in database 0 when the server refuses the database it was told.
#
# A good guess: a connection that cannot select its database fails, as one whose password is refused
# does. Seen: SELECT is refused, `ready` is told all the same, and every later command is carried out,
# in database 0. The only sign is one `error` event before `ready`.
#
# Needs: npm, redis-server (seen with 7.0.15). Fails if any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/redis.pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ioredis@6.0.0
redis-server --port 0 --unixsocket "$folder/redis.sock" --databases 4 --save '' --daemonize yes \
  --pidfile "$folder/redis.pid" --dir "$folder" > /dev/null
for _ in $(seq 50); do [ -S redis.sock ] && break; sleep 0.1; done

cat > seen.cjs <<'JS'
const { Redis } = require('ioredis');

async function main() {
  const events = [];
  const client = new Redis({ path: './redis.sock', db: 9, retryStrategy: null });
  client.on('error', (error) => events.push(`error: ${error.message}`));
  client.on('ready', () => events.push('ready'));
  await new Promise((resolve) => client.once('ready', resolve));
  const set = await client.set('name', 'value');
  const zero = new Redis({ path: './redis.sock', retryStrategy: null });
  console.log(JSON.stringify({ events, set, inDatabase0: await zero.get('name') }));
  client.disconnect();
  zero.disconnect();
}

main();
JS
seen=$(timeout 30 node seen.cjs)
wanted='{"events":["error: ERR DB index is out of range","ready"],"set":"OK","inDatabase0":"value"}'
echo "ioredis $(node -p "require('ioredis/package.json').version"), $(redis-server --version | cut -d' ' -f3)"
echo "$seen"
if [ "$seen" != "$wanted" ]; then
  echo "This is no longer what was seen: $wanted" >&2
  exit 1
fi
