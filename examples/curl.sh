#!/bin/sh
# May this key do this now? Asked with nothing but curl: the third time it may not.
url=${ARGUS_URL:-http://127.0.0.1:8123}/api/v1/limit

for i in 1 2 3; do
  curl -sS -w ' %{http_code}\n' "$url" -d '{"key":"erin","capacity":2,"interval":1,"unit":"m"}'
done
