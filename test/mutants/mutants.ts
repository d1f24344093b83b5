/** Every guard that is taken out. A new one is one more entry in the list of its part. */
import { ACCESS_MUTANTS } from './access-mutants.ts';
import { ADMIN_DOCUMENT_MUTANTS } from './admin-document-mutants.ts';
import { ADMIN_KEYS_MUTANTS } from './admin-keys-mutants.ts';
import { ALL_OR_NONE_MUTANTS } from './all-or-none-mutants.ts';
import { BATCH_MUTANTS } from './batch-mutants.ts';
import { BUCKET_MUTANTS } from './bucket-mutants.ts';
import { CLIENT_BYTES_MUTANTS } from './client-bytes-mutants.ts';
import { CLIENT_CALL_MUTANTS } from './client-call-mutants.ts';
import { CLIENT_MUTANTS } from './client-mutants.ts';
import { CONFORMANCE_MUTANTS } from './conformance-mutants.ts';
import { CONTRACT_MUTANTS } from './contract-mutants.ts';
import { CROSS_SITE_MUTANTS } from './cross-site-mutants.ts';
import { CROWD_MUTANTS } from './crowd-mutants.ts';
import { DECISION_MUTANTS } from './decision-mutants.ts';
import { DEPLOY_MUTANTS } from './deploy-mutants.ts';
import { ENDING_MUTANTS } from './ending-mutants.ts';
import { ENVOY_MUTANTS } from './envoy-mutants.ts';
import { EVENTS_MUTANTS } from './events-mutants.ts';
import { EXCHANGER_MUTANTS } from './exchanger-mutants.ts';
import { FLIGHT_MUTANTS } from './flight-mutants.ts';
import { FORWARD_MUTANTS } from './forward-mutants.ts';
import { HASH_MUTANTS } from './hash-mutants.ts';
import { HELD_MUTANTS } from './held-mutants.ts';
import { HTTP2_MUTANTS } from './http2-mutants.ts';
import { KEPT_MUTANTS } from './kept-mutants.ts';
import { KEPT_SHARING_MUTANTS } from './kept-sharing-mutants.ts';
import { LANE_MUTANTS } from './lane-mutants.ts';
import { LATE_MUTANTS } from './late-mutants.ts';
import { LEASE_MUTANTS } from './lease-mutants.ts';
import { LIMITER_MUTANTS } from './limiter-mutants.ts';
import { LINK_MUTANTS } from './link-mutants.ts';
import { MEMORY_MUTANTS } from './memory-mutants.ts';
import type { Mutant } from './mutant.ts';
import { NOTE_MUTANTS } from './note-mutants.ts';
import { OVERDRAFT_MUTANTS } from './overdraft-mutants.ts';
import { PAGE_MUTANTS } from './page-mutants.ts';
import { POLICIES_MUTANTS } from './policies-mutants.ts';
import { PROFILES_MUTANTS } from './profiles-mutants.ts';
import { READ_BUFFER_MUTANTS } from './read-buffer-mutants.ts';
import { REDIS_MUTANTS } from './redis-mutants.ts';
import { REFLECTION_MUTANTS } from './reflection-mutants.ts';
import { RESP_MUTANTS } from './resp-mutants.ts';
import { SERVICE_MUTANTS } from './service-mutants.ts';
import { SHARE_MUTANTS } from './share-mutants.ts';
import { SHARING_MUTANTS } from './sharing-mutants.ts';
import { SNAPSHOT_MUTANTS } from './snapshot-mutants.ts';
import { STORE_MUTANTS } from './store-mutants.ts';
import { TABLE_MUTANTS } from './table-mutants.ts';
import { TLS_MUTANTS } from './tls-mutants.ts';
import { TOKEN_MUTANTS } from './token-mutants.ts';
import { TOP_KEYS_MUTANTS } from './top-keys-mutants.ts';
import { TRACING_MUTANTS } from './tracing-mutants.ts';
import { UNHELD_MUTANTS } from './unheld-mutants.ts';
import { WINDOW_SHARING_MUTANTS } from './window-sharing-mutants.ts';

/** By the name of the file that holds them. */
export const MUTANT_LISTS: Readonly<Record<string, readonly Mutant[]>> = {
  access: ACCESS_MUTANTS,
  'admin-document': ADMIN_DOCUMENT_MUTANTS,
  'admin-keys': ADMIN_KEYS_MUTANTS,
  bucket: BUCKET_MUTANTS,
  kept: KEPT_MUTANTS,
  memory: MEMORY_MUTANTS,
  table: TABLE_MUTANTS,
  hash: HASH_MUTANTS,
  service: SERVICE_MUTANTS,
  ending: ENDING_MUTANTS,
  crowd: CROWD_MUTANTS,
  tls: TLS_MUTANTS,
  profiles: PROFILES_MUTANTS,
  lane: LANE_MUTANTS,
  'cross-site': CROSS_SITE_MUTANTS,
  'client-bytes': CLIENT_BYTES_MUTANTS,
  batch: BATCH_MUTANTS,
  forward: FORWARD_MUTANTS,
  envoy: ENVOY_MUTANTS,
  conformance: CONFORMANCE_MUTANTS,
  contract: CONTRACT_MUTANTS,
  client: CLIENT_MUTANTS,
  'client-call': CLIENT_CALL_MUTANTS,
  resp: RESP_MUTANTS,
  http2: HTTP2_MUTANTS,
  reflection: REFLECTION_MUTANTS,
  token: TOKEN_MUTANTS,
  'top-keys': TOP_KEYS_MUTANTS,
  events: EVENTS_MUTANTS,
  tracing: TRACING_MUTANTS,
  late: LATE_MUTANTS,
  lease: LEASE_MUTANTS,
  share: SHARE_MUTANTS,
  note: NOTE_MUTANTS,
  limiter: LIMITER_MUTANTS,
  'all-or-none': ALL_OR_NONE_MUTANTS,
  held: HELD_MUTANTS,
  exchanger: EXCHANGER_MUTANTS,
  unheld: UNHELD_MUTANTS,
  decision: DECISION_MUTANTS,
  flight: FLIGHT_MUTANTS,
  link: LINK_MUTANTS,
  snapshot: SNAPSHOT_MUTANTS,
  store: STORE_MUTANTS,
  'read-buffer': READ_BUFFER_MUTANTS,
  redis: REDIS_MUTANTS,
  page: PAGE_MUTANTS,
  policies: POLICIES_MUTANTS,
  deploy: DEPLOY_MUTANTS,
  sharing: SHARING_MUTANTS,
  'kept-sharing': KEPT_SHARING_MUTANTS,
  'window-sharing': WINDOW_SHARING_MUTANTS,
  overdraft: OVERDRAFT_MUTANTS,
};

export const MUTANTS: readonly Mutant[] = Object.values(MUTANT_LISTS).flat();
