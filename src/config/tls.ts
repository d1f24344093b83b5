/** Settings of the table in config.ts: TLS on all ports. What the files say is not looked at. */
import { path, type Setting } from './setting.ts';

export const TLS = {
  tlsCertFile: path('the certificate that all ports show, PEM; unset, there is no TLS'),
  tlsKeyFile: path('the key of that certificate, PEM'),
  tlsClientCaFile: path(
    'certificates of who vouches for clients, each of which must show one then, PEM',
  ),
} as const satisfies Record<string, Setting<string>>;

type TlsName = keyof typeof TLS;

/** What is wrong with settings that do not go together; `source`: where one is set, or would be. */
export function faultOfTls(
  settings: Readonly<Record<TlsName, string>>,
  source: (name: TlsName) => string,
): string | null {
  const needs = (set: TlsName, unset: TlsName) =>
    settings[set] === '' || settings[unset] !== ''
      ? null
      : `${source(set)} is set, but ${source(unset)}, which belongs to it, is not`;
  return (
    needs('tlsCertFile', 'tlsKeyFile') ??
    needs('tlsKeyFile', 'tlsCertFile') ??
    needs('tlsClientCaFile', 'tlsCertFile')
  );
}
