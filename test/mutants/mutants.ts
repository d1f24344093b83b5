/** Every guard that is taken out. A new one is one more entry in the list of its part. */
import { ALL_OR_NONE_MUTANTS } from './all-or-none-mutants.ts';
import { BATCH_MUTANTS } from './batch-mutants.ts';
import { BUCKET_MUTANTS } from './bucket-mutants.ts';
import { CLIENT_BYTES_MUTANTS } from './client-bytes-mutants.ts';
import { CLIENT_MUTANTS } from './client-mutants.ts';
import { CROSS_SITE_MUTANTS } from './cross-site-mutants.ts';
import { CROWD_MUTANTS } from './crowd-mutants.ts';
import { DEPLOY_MUTANTS } from './deploy-mutants.ts';
import { EXCHANGER_MUTANTS } from './exchanger-mutants.ts';
import { LANE_MUTANTS } from './lane-mutants.ts';
import { LATE_MUTANTS } from './late-mutants.ts';
import { LEASE_MUTANTS } from './lease-mutants.ts';
import { LIMITER_MUTANTS } from './limiter-mutants.ts';
import { LINK_MUTANTS } from './link-mutants.ts';
import { MEMORY_MUTANTS } from './memory-mutants.ts';
import type { Mutant } from './mutant.ts';
import { REDIS_MUTANTS } from './redis-mutants.ts';
import { RESP_MUTANTS } from './resp-mutants.ts';
import { SERVICE_MUTANTS } from './service-mutants.ts';
import { SHARING_MUTANTS } from './sharing-mutants.ts';
import { STORE_MUTANTS } from './store-mutants.ts';
import { TABLE_MUTANTS } from './table-mutants.ts';
import { TOKEN_MUTANTS } from './token-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...BUCKET_MUTANTS,
  ...MEMORY_MUTANTS,
  ...TABLE_MUTANTS,
  ...SERVICE_MUTANTS,
  ...CROWD_MUTANTS,
  ...LANE_MUTANTS,
  ...CROSS_SITE_MUTANTS,
  ...CLIENT_BYTES_MUTANTS,
  ...BATCH_MUTANTS,
  ...CLIENT_MUTANTS,
  ...RESP_MUTANTS,
  ...TOKEN_MUTANTS,
  ...LATE_MUTANTS,
  ...LEASE_MUTANTS,
  ...LIMITER_MUTANTS,
  ...ALL_OR_NONE_MUTANTS,
  ...EXCHANGER_MUTANTS,
  ...LINK_MUTANTS,
  ...STORE_MUTANTS,
  ...REDIS_MUTANTS,
  ...DEPLOY_MUTANTS,
  ...SHARING_MUTANTS,
];
