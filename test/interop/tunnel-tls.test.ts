import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { findProgram, freePort, type Program, startProgram } from '../support/programs.ts';
import { type Router, startRouter } from '../support/router.ts';
import { startOrigin, type TcpOrigin } from '../support/tcp-origin.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

const openssl = findProgram('openssl', 'openssl');
const haproxy = findProgram('haproxy', 'haproxy');

/** Not one of an authority, since the runtime takes such a one for nothing else. */
const REQUEST = `[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = test
[extensions]
basicConstraints = CA:FALSE
subjectAltName = DNS:service.example.com, DNS:localhost
`;

/** Writes a certificate that vouches for itself, and its key, into one file. */
function createCertificate(folder: string): string {
  const [config, key, file] = [join(folder, 'config'), join(folder, 'key'), join(folder, 'certificate')];
  writeFileSync(config, REQUEST);
  const args = ['req', '-x509', '-config', config, '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', file];
  execFileSync(openssl ?? '', args, { stdio: 'ignore' });
  appendFileSync(file, readFileSync(key));
  return file;
}

/** TLS at one port, and at another one TLS behind the PROXY protocol. Who it says has come is told to the origin. */
const configFor = (certificate: string, port: number, behindProxy: number, origin: number) => `
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen plain
  bind 127.0.0.1:${port} ssl crt ${certificate}
  server origin 127.0.0.1:${origin}
listen behind-proxy
  bind 127.0.0.1:${behindProxy} accept-proxy ssl crt ${certificate}
  server origin 127.0.0.1:${origin} send-proxy
`;

describe.skipIf(openssl === null || haproxy === null)('a tunnel to HAProxy, which speaks TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-tls-'));
  let origin: TcpOrigin;
  let server: Program;
  let router: Router;

  beforeAll(async () => {
    const certificate = createCertificate(folder);
    const behindProxy = await freePort();
    origin = await startOrigin();
    server = await startProgram({
      program: haproxy ?? '',
      args: (config) => ['-db', '-f', config],
      config: (_, port) => configFor(certificate, port, behindProxy, origin.port),
    });
    // The runtime trusts what the system does, which is said here.
    vi.stubEnv('SSL_CERT_FILE', certificate);
    const to = (path: string, tls: unknown, options = {}, host = '127.0.0.1', port = server.port) => ({
      path,
      target: { kind: 'tunnel', pool: [{ host, port }], tls, ...options },
    });
    const named = { serverName: 'service.example.com' };
    const routes = [
      to('/tls/host', true, {}, 'localhost'),
      to('/tls/named', named),
      to('/tls/other-host', true),
      to('/tls/other-name', { serverName: 'other.example.com' }),
      to('/tls/v1', named, { proxyProtocol: 1 }, '127.0.0.1', behindProxy),
      to('/tls/v2', named, { proxyProtocol: 2 }, '127.0.0.1', behindProxy),
    ];
    router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify(routes) });
  });
  afterEach(() => origin.hangUp());
  afterAll(async () => {
    vi.unstubAllEnvs();
    await router?.stop();
    await server?.stop();
    await origin?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function echoOf(path: string, text: string): Promise<string> {
    const socket = new WebSocket(`ws://${router.host}${path}`);
    await once(socket, 'open');
    socket.send(text);
    let heard = '';
    socket.on('message', (data) => {
      heard += data;
    });
    await expect.poll(() => heard).toContain(text);
    socket.terminate();
    return heard;
  }

  it.each(['/tls/host', '/tls/named'])('carries bytes there and back: %s', async (path) => {
    expect(await echoOf(path, 'hello')).toBe('hello');
  });

  it.each(['/tls/v1', '/tls/v2'])('says who the client is, before TLS begins: %s', async (path) => {
    expect(await echoOf(path, 'hello')).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nhello$/);
  });

  it.each(['/tls/other-host', '/tls/other-name'])(
    'is refused where the certificate is not for it: %s',
    async (path) => {
      const socket = new WebSocket(`ws://${router.host}${path}`);
      const [, response] = await once(socket, 'unexpected-response');
      expect(response.statusCode).toBe(502);
    },
  );
});
