/** Policies that the tests of forward-auth ask by. Of a day: no token comes back meanwhile. */
export const FORWARD_POLICIES = `
policies:
  site:
    limits:
      - {name: requests, capacity: 2, interval: 1d}
      - {name: daily, capacity: 100, window: 1d}
    overrides:
      - {keys: ["address:192.0.2.10"], always: allow}
      - {keys: ["address:192.0.2.11"], always: deny}
      - {keys: ["address:192.0.2.12"], limits: [{name: requests, capacity: 50, interval: 1d}]}
    forward: {key: [address]}
  site-403:
    limits: [{name: requests, capacity: 1, interval: 1d}]
    overrides: [{keys: ["address:192.0.2.11"], always: deny}]
    forward: {key: [address], denied: 403}
  trial:
    dryRun: true
    limits: [{name: requests, capacity: 1, interval: 1d}]
    forward: {key: [address]}
  parts:
    limits: [{name: requests, capacity: 1, interval: 1d}]
    forward: {key: ["header:x-key", [method, path], "query:k"], uri: target, missing: deny}
  open:
    limits: [{name: requests, capacity: 1, interval: 1d}]
    forward: {key: [address], missing: allow}
  shared:
    limits: [{name: requests, capacity: 1, interval: 1d}]
    overrides: [{keys: [nobody], limits: [{name: requests, capacity: 2, interval: 1d}]}]
    forward: {key: ["header:x-key"], missing: nobody}
  dear:
    limits: [{name: requests, capacity: 5, interval: 1d, cost: 3}]
    forward: {key: [address]}
  inside:
    limits: [{name: requests, capacity: 1, interval: 1d}]
`;
