/** Starts the service with the port of the Redis protocol open. */
import { freePort } from './free-port.ts';
import { RespClient } from './resp-client.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';

export interface RespService extends Service {
  readonly respPort: number;
}

export async function startResp(options: ServiceOptions = {}): Promise<RespService> {
  const respPort = await freePort();
  const flags = [...(options.flags ?? []), '--resp-port', String(respPort)];
  return { ...(await startService({ ...options, flags })), respPort };
}

/** What one command is answered, over a connection of its own, so that any thread may answer. */
export async function askResp({ respPort }: RespService, text: string): Promise<string> {
  const client = await RespClient.connect(respPort);
  try {
    return await client.ask(text);
  } finally {
    client.destroy();
  }
}
