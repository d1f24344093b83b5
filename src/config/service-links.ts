/**
 * The variables that Kubernetes puts into every pod for every Service it knows, unless the pod says
 * `enableServiceLinks: false`. For a Service named argus they begin as ours do, and one of them,
 * ARGUS_PORT=tcp://10.0.0.1:8123, is a setting by its name; for one named resp it is RESP_PORT.
 */

const HOST = '_SERVICE_HOST';
const ADDRESS = /^(tcp|udp|sctp):\/\//;
/** What follows the name of the Service; each Service has at least the first two. */
const LINK = /^(?:_SERVICE_HOST|_SERVICE_PORT(?:_\w+)?|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** The names of those variables. What has such a name and no Service beside it is none of them. */
export function serviceLinks(env: Environment): ReadonlySet<string> {
  const links = new Set<string>();
  const all = Object.keys(env);
  for (const host of all.filter((name) => name.endsWith(HOST))) {
    const service = host.slice(0, -HOST.length);
    if (env[`${service}_SERVICE_PORT`] === undefined) continue;
    for (const name of all.filter((one) => one.startsWith(`${service}_`))) {
      const rest = name.slice(service.length);
      const isAddress = rest === '_PORT' && ADDRESS.test(env[name] ?? '');
      if (isAddress || LINK.test(rest)) links.add(name);
    }
  }
  return links;
}
