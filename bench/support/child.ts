/**
 * A process of its own for a part of a bench, tied to a core where that can be done, that does as
 * it is asked, one question at a time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinnedTo } from './pinned.ts';

/** No part of a bench takes nearly this long: a child that does has hung. */
const ANSWER_WITHIN_MS = 180_000;
const END_WITHIN_MS = 2_000;

export interface ChildOptions {
  readonly script: URL;
  readonly arguments?: readonly (string | number)[];
  readonly core?: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;

  constructor(options: ChildOptions) {
    const command = [
      ...pinnedTo(options.core),
      process.execPath,
      fileURLToPath(options.script),
      ...(options.arguments ?? []).map(String),
    ];
    this.#name = command.join(' ');
    this.#process = spawn(command[0] as string, command.slice(1), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...options.env },
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Asks and waits for the answer. Rejects where the child ends instead. */
  async ask<Answer>(question: unknown): Promise<Answer> {
    const settled = new AbortController();
    const { signal } = settled;
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), ANSWER_WITHIN_MS);
    try {
      const answered = once(this.#process, 'message', { signal });
      const ended = once(this.#process, 'exit', { signal }).then(([code, killed]) => {
        throw new Error(`A part of the bench ended with ${code ?? killed}: ${this.#name}`);
      });
      this.#process.send(question as object);
      const [answer] = await Promise.race([answered, ended]);
      return answer as Answer;
    } finally {
      clearTimeout(timer);
      settled.abort();
    }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** In the child: answers every question with what `reply` returns. An error ends the child. */
export function answerWith<Question>(reply: (question: Question) => unknown): void {
  process.on('message', (question: Question) => {
    Promise.resolve(reply(question)).then(
      (answer) => process.send?.(answer as object),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  // The bench that asked needs no more, or is gone.
  process.on('disconnect', () => process.exit(0));
}
