/** The stream of events, and how it is asked for. */
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { targetOf } from '../core/target.ts';
import type { EventStreams } from './event-streams.ts';
import { readQuery } from './query.ts';

export const EVENTS_PATH = '/v1/events';

export function eventRoutes(streams: EventStreams, replies: Replies): readonly Route[] {
  const handle: Route['handle'] = (req, res) => {
    const query = readQuery(targetOf(req), []);
    if (!query.ok) {
      replies.badQuestion(res, { reason: 'bad_field', ...query });
      return undefined;
    }
    // What else comes on its connection is answered after it.
    return replies.inOrder(req.socket, streams.open(req, res, replies));
  };
  return [{ method: 'GET', path: EVENTS_PATH, handle }];
}
