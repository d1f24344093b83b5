/** Policies and rules of Envoy of all kinds that operators are told of. */

export const RULE_FILES = {
  'limits.yaml': `policies:
  api:
    limits:
      - {name: minute, capacity: 4, interval: 8s}
      - {name: daily, capacity: 6, calendar: day}
    overrides:
      - keys: [gold-*]
        limits:
          - {name: minute, capacity: 40, interval: 8s}
      - keys: [staff]
        always: allow
      - keys: [banned]
        always: deny
  trial:
    dryRun: true
    limits: [{name: only, capacity: 2, interval: 2s, cost: 2}]
`,
  'envoy.yaml': `domain: site
descriptors:
  - key: path
    value: /login
    rate_limit: {unit: minute, requests_per_unit: 3}
    descriptors:
      - key: ip
        shadow_mode: true
        rate_limit: {unit: hour, requests_per_unit: 5, algorithm: token_bucket}
  - key: free
    rate_limit: {unlimited: true}
`,
};
