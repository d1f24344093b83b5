/**
 * Starts the Envoy of deploy/envoy/ in a process of its own, with the addresses of a test, and
 * stops it. Where it may not be installed, ask isMissing('envoy') of resp-tools.ts first.
 */
import { broken, read } from '../deploy/deployment-facts.ts';
import { freePort } from './free-port.ts';
import { type ProxyProcess, startProxy } from './proxy-process.ts';

/** Gives its file as it should be instead, with the ports of the instances that it asks. */
export type Alter = (text: string, argus: readonly number[]) => string;

export interface EnvoyOptions {
  /** Of 127.0.0.1, where the application listens. */
  readonly app: number;
  /** The same of each instance that it asks. */
  readonly argus: readonly number[];
  readonly alter?: Alter;
  /** How many threads serve: each has connections of its own. */
  readonly concurrency?: number;
  /** A command to run it under, such as `taskset -c 0`. */
  readonly under?: readonly string[];
}

export const asItIs: Alter = (text) => text;

const HOST = `
              - endpoint:
                  address:
                    socket_address: `;

/** Resolves once it accepts connections; rejects with its output if it does not. */
export async function startEnvoy(options: EnvoyOptions): Promise<ProxyProcess> {
  const { app, argus, alter = asItIs, concurrency = 2, under = [] } = options;
  const port = await freePort();
  const hosts = argus.map((one) => `${HOST}{${address(one)}}`).join('');
  const places = [
    ['address: 0.0.0.0, port_value: 8080', address(port)],
    [`${HOST}{address: argus, port_value: 8081}`, hosts],
    ['address: app, port_value: 8080', address(app)],
  ] as const;
  return startProxy({
    port,
    under,
    files: () => ({
      'envoy.yaml': places.reduce(
        (text, [part, by]) => broken(text, part, by),
        alter(read('deploy/envoy/envoy.yaml'), argus),
      ),
    }),
    command: (folder) => {
      const alone = ['--concurrency', String(concurrency), '--disable-hot-restart'];
      return ['envoy', ...alone, '--log-level', 'warn', '-c', `${folder}/envoy.yaml`];
    },
  });
}

function address(port: number): string {
  return `address: 127.0.0.1, port_value: ${port}`;
}
