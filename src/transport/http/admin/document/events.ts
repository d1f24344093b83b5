/** The stream of events, in the OpenAPI document of the admin port. */
import { problem, withoutRequired } from '../../document/openapi-problems.ts';
import { ANSWERS, fixed, noStore } from './answers.ts';
import { HAPPENING, NOW } from './service-schemas.ts';

const EXAMPLE = [
  'id: mu3o5x-1',
  'event: happening',
  'data: {"time":"2026-11-29T02:30:00.114Z","kind":"drain","what":"...","detail":{}}',
  '',
  '',
].join('\n');

export const EVENT_STREAM: Readonly<Record<number, object>> = {
  200: {
    description:
      'First what has happened, of the last 200; then what happens. `happening` comes once for each thing, with an `id`; `now` once a second. The `data` of each is JSON.',
    headers: { ...noStore(true), 'X-Accel-Buffering': fixed('no') },
    content: {
      'text/event-stream': {
        schema: { type: 'string' },
        example: EXAMPLE,
        // The data of an event, by its name.
        'x-events': { happening: HAPPENING.ref, now: NOW.ref },
      },
    },
  },
  503: {
    ...problem('As many listen as may. Or: the service is ending.', 'Service Unavailable', 503, {
      detail: 'the service is ending',
    }),
    headers: withoutRequired(ANSWERS.NotNow.headers),
  },
};
