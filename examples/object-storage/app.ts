/**
 * What a gateway answers.
 *
 * The order is the point: what is wrong, who may not, whether there is room, and only then the
 * charge, after which nothing but the queue can fail. Nothing is stored that was not charged.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import { AwayError } from './away-error.ts';
import type { ObjectQueue } from './object-queue.ts';
import { type AcceptedObject, faultIn, UPLOAD_RULES, type Upload, USER_RULES } from './upload.ts';
import { type Denial, MOST_BYTES, type UserLimits } from './user-limits.ts';

export interface AppParts {
  readonly queue: ObjectQueue;
  readonly limits: UserLimits;
  /** Users that pass without being charged. */
  readonly allowed: ReadonlySet<string>;
  /** Users that never pass, be they allowed or not. */
  readonly denied: ReadonlySet<string>;
}

/** When to come back to what is full or away. */
const RETRY_MS = 1_000;

const readJson = express.json({ type: () => true, limit: '16kb', strict: false, inflate: false });

export function createApp({ queue, limits, allowed, denied }: AppParts): Express {
  const app = express().disable('x-powered-by');

  app.post('/object-storage', readJson, async (req, res) => {
    const { userId } = req.query;
    const fault = faultIn({ userId }, USER_RULES) ?? faultIn(req.body, UPLOAD_RULES);
    if (fault !== null) return sendProblem(res, { status: 400, ...fault });

    const upload = req.body as Upload;
    const object: AcceptedObject = { id: randomUUID(), userId: userId as string, ...upload };
    if (denied.has(object.userId)) {
      return sendProblem(res, { status: 403, detail: `user ${object.userId} may not upload` });
    }
    if (object.sizeInByte > MOST_BYTES) return sendTooLarge(res, object.sizeInByte);

    if (!(await queue.takePlace(object.id))) return sendUnavailable(res, 'the queue is full');
    try {
      const isCharged = !allowed.has(object.userId);
      const denial = isCharged ? await limits.charge(object.userId, object.sizeInByte) : null;
      if (denial !== null) return sendDenial(res, denial);
      await queue.add(object);
      res.status(202).json({ id: object.id });
    } finally {
      void queue.leavePlace(object.id);
    }
  });

  app.all('/object-storage', (req, res) => {
    res.set('Allow', 'POST');
    sendProblem(res, { status: 405, detail: `${req.method} is not for this path; POST is` });
  });

  app.get('/healthz', (_req, res) => {
    if (queue.isReady) res.type('text').send('OK');
    else sendUnavailable(res, 'the queue is away');
  });

  app.get('/status', async (_req, res) => {
    res.json(await queue.counts());
  });

  app.use((_req, res) => sendProblem(res, { status: 404, detail: 'there is no such path' }));
  app.use(answerError);
  return app;
}

/** Four arguments make it an error handler. */
const answerError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  const { status = 500, message } = error as { status?: number; message: string };
  // What Express says of a request that it cannot read.
  if (status < 500) return sendProblem(res, { status, field: 'body', detail: message });
  console.error(error instanceof AwayError ? error.message : error);
  if (error instanceof AwayError) return sendUnavailable(res, `${error.who} is away`);
  sendProblem(res, { status: 500, detail: 'this is a fault of the gateway' });
};

function sendTooLarge(res: Response, bytes: number): void {
  const detail = `sizeInByte must be at most ${MOST_BYTES}, the volume of a month, is ${bytes}`;
  sendProblem(res, { status: 413, field: 'sizeInByte', detail });
}

function sendDenial(res: Response, { limit, decision }: Denial): void {
  const after = retryAfter(res, decision.retryAfterMs);
  const detail = `too little is left of the limit "${limit}"; come back in ${after} s`;
  sendProblem(res, { status: 429, detail, limit, decision });
}

function sendUnavailable(res: Response, fault: string): void {
  const after = retryAfter(res, RETRY_MS);
  sendProblem(res, { status: 503, detail: `${fault}; come back in ${after} s` });
}

/** Seconds round up: a client told to come back early would only be denied again. */
function retryAfter(res: Response, ms: number): number {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  res.set('Retry-After', String(seconds));
  return seconds;
}

interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly [more: string]: unknown;
}

/** Problem details, RFC 9457. */
function sendProblem(res: Response, problem: Problem): void {
  const { status } = problem;
  res.status(status).type('application/problem+json');
  res.send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], ...problem }));
}
