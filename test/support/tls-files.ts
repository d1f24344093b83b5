/**
 * Certificates made by openssl for one test file, in a folder of their own: an authority, what it
 * vouches for, and files as a service is given them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
const DAYS = '365';

export class TlsFiles {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'argus-tls-'));
  readonly certFile: string = this.at('tls.crt');
  readonly keyFile: string = this.at('tls.key');
  readonly caFile: string = this.at('ca.crt');
  readonly #caKeyFile = this.at('ca.key');
  #issued = 0;

  /** With an authority, and a first certificate that it vouches for. */
  constructor() {
    this.#openssl('req', '-x509', ...CURVE, '-days', DAYS, '-subj', '/CN=an authority', {
      key: this.#caKeyFile,
      out: this.caFile,
    });
    this.write(this.issue());
  }

  get ca(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  /** As on the command line. */
  get flags(): readonly string[] {
    return ['--tls-cert-file', this.certFile, '--tls-key-file', this.keyFile];
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** A certificate for localhost, each with a key of its own. */
  issue(subject = '/CN=localhost', days = DAYS): Identity {
    const name = `issued-${this.#issued++}`;
    const [key, request, cert] = ['key', 'csr', 'crt'].map((ending) =>
      this.at(`${name}.${ending}`),
    ) as [string, string, string];
    this.#openssl('req', ...CURVE, '-subj', subject, '-addext', NAMES, { key, out: request });
    const signing = ['-CA', this.caFile, '-CAkey', this.#caKeyFile, '-CAcreateserial'];
    execFileSync(
      'openssl',
      [
        'x509',
        '-req',
        '-in',
        request,
        ...signing,
        '-days',
        days,
        '-copy_extensions',
        'copy',
        '-out',
        cert,
      ],
      { stdio: 'pipe' },
    );
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  }

  /** Writes both files, each whole at once. */
  write({ cert, key }: Identity): void {
    this.replace(this.keyFile, key);
    this.replace(this.certFile, cert);
  }

  replace(file: string, text: string): void {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #openssl(...args: readonly (string | { readonly key: string; readonly out: string })[]): void {
    const words = args.flatMap((arg) =>
      typeof arg === 'string' ? [arg] : ['-keyout', arg.key, '-out', arg.out],
    );
    execFileSync('openssl', words, { stdio: 'pipe' });
  }
}
