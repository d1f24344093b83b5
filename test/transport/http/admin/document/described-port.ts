/** Asks a port of operators, and holds the answers against the document that it serves. */
import { type Headers, request } from '../../../../support/ask.ts';
import { type Answer, RawClient } from '../../../../support/raw-http.ts';
import { RIGHT } from '../../../../support/reset.ts';
import { type Document, faultsOfAnswer, readDocument, responseTo } from '../../openapi-document.ts';

export class DescribedPort {
  readonly port: number;
  /** The connection that all is asked on, while it is open. */
  #client: RawClient | null = null;
  #document: Document | null = null;

  constructor(port: number) {
    this.port = port;
  }

  static async of(port: number): Promise<DescribedPort> {
    const described = new DescribedPort(port);
    await described.readDocument();
    return described;
  }

  get document(): Document {
    if (this.#document === null) throw new Error('The document was not read yet');
    return this.#document;
  }

  async readDocument(): Promise<void> {
    this.#document = await readDocument((await this.get('/openapi.json')).body);
  }

  get(path: string, headers: Headers = RIGHT): Promise<Answer> {
    return this.#exchange(request('GET', path, headers));
  }

  /** With the token, as JSON, unless the headers say otherwise. */
  post(path: string, body: string | Uint8Array | object, headers: Headers = {}): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const bytes = Buffer.from(isRaw ? body : JSON.stringify(body));
    const length = { 'Content-Length': String(bytes.length) };
    const head = { ...RIGHT, 'Content-Type': 'application/json', ...length, ...headers };
    return this.#exchange(Buffer.concat([Buffer.from(request('POST', path, head)), bytes]));
  }

  /** What the document says otherwise of an answer to a route, whatever its status. */
  faultsOf(answer: Answer, method: string, route: string): readonly string[] {
    return faultsOfAnswer(answer, responseTo(this.document, method, route, answer.status));
  }

  hangUp(): void {
    this.#client?.destroy();
    this.#client = null;
  }

  async #exchange(bytes: string | Uint8Array): Promise<Answer> {
    this.#client ??= await RawClient.connect(this.port);
    const answer = await this.#client.send(bytes).answer();
    if (answer.headers['connection'] === 'close') this.hangUp();
    return answer;
  }
}
