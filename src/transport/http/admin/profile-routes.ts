/** Profiles of all threads, at the paths where `go tool pprof` and its like look for them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ProfileAnswer } from '../../../admin/profiles/profile-asker.ts';
import { PROFILE_KINDS, type ProfileKind } from '../../../admin/profiles/taken-profile.ts';
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { targetOf } from '../core/target.ts';
import { readQuery, readWhole, type WholeReading } from './query.ts';

/** Who takes profiles. */
export interface AdminProfiles {
  ask(of: ProfileKind, seconds: number, gone: () => Promise<void>): Promise<ProfileAnswer>;
}

export const PROFILES_PATH = '/debug/pprof/';

/** How long where it is not said: as long as Go does. */
export const USUAL_SECONDS = 30;
export const MOST_SECONDS = 300;

const STATUSES = { unable: 501, ending: 503, busy: 503 } as const;
const COME_AGAIN = [RETRY_AFTER_FIELD, '5'];

export function profileRoutes(profiles: AdminProfiles, replies: Replies): readonly Route[] {
  return PROFILE_KINDS.map((kind) => ({
    method: 'GET',
    path: `${PROFILES_PATH}${kind}`,
    handle: (req, res) => {
      const seconds = secondsOf(targetOf(req));
      if (!seconds.ok) {
        replies.badQuestion(res, { reason: 'bad_field', ...seconds });
        return undefined;
      }
      if (req.method === 'HEAD') {
        begin(replies, res, kind, ['Transfer-Encoding', 'chunked']);
        res.end();
        return undefined;
      }
      return replies.inOrder(req.socket, take(profiles, { req, res, kind, seconds }, replies));
    },
  }));
}

interface Wanted {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly kind: ProfileKind;
  readonly seconds: { readonly value: number };
}

async function take(
  profiles: AdminProfiles,
  { req, res, kind, seconds }: Wanted,
  replies: Replies,
): Promise<void> {
  const { socket } = req;
  // Node closes a connection on which nothing was sent for long, unless somebody hears of it.
  res.on('timeout', goesOn);
  const answer = await profiles.ask(kind, seconds.value, () => goneFrom(socket, res));
  res.off('timeout', goesOn);
  if (answer.kind === 'file') {
    begin(replies, res, kind, ['Content-Length', String(answer.file.length)]);
    res.end(answer.file);
    return;
  }
  res.setHeader('Cache-Control', 'no-store');
  const problem = { status: STATUSES[answer.kind], detail: answer.words };
  replies.problem(res, problem, answer.kind === 'unable' ? [] : COME_AGAIN);
}

function goesOn(): void {}

function secondsOf(target: string): WholeReading {
  const query = readQuery(target, ['seconds']);
  if (!query.ok) return query;
  const { seconds = String(USUAL_SECONDS) } = query.values;
  return readWhole('seconds', seconds, { from: 1, to: MOST_SECONDS });
}

export function dispositionOf(kind: ProfileKind): string {
  return `attachment; filename="argus-${kind}.pb.gz"`;
}

/** As Go answers, for a browser to save. */
function begin(
  replies: Replies,
  res: ServerResponse,
  kind: ProfileKind,
  more: readonly string[],
): void {
  const type = ['Content-Type', 'application/octet-stream'];
  const name = ['Content-Disposition', dispositionOf(kind)];
  replies.begin(res, 200, [...type, ...name, 'Cache-Control', 'no-store', ...more]);
}

/**
 * Resolves once whoever asked has his answer, or is gone, or sends nothing any more: the last two
 * look the same.
 */
function goneFrom(socket: Socket, res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    socket.once('end', resolve);
    res.once('close', () => {
      // Others may be asked for on its connection.
      socket.off('end', resolve);
      resolve();
    });
  });
}
