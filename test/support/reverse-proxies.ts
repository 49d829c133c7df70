/** nginx and HAProxy, set up as their documentation says for WebSocket, in front of an origin. */
import type { Program } from './programs.ts';
import { startProgram } from './programs.ts';

/**
 * https://nginx.org/en/docs/http/websocket.html. `/static` is answered by nginx itself, `/private` is refused by it, and
 * nothing is behind `/dead`: by default port 9, which nobody has.
 */
export function startNginx(program: string, origin: number, dead = 9): Promise<Program> {
  return startProgram({
    program,
    args: (config, folder) => ['-p', folder, '-c', config],
    config: (folder, port) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${origin}; }
    location /static { default_type text/plain; return 200 "static"; }
    location /private { add_header WWW-Authenticate 'Basic realm="nginx"' always; return 401; }
    location /hung-up { return 444; }
    location /dead { proxy_pass http://127.0.0.1:${dead}; }
  }
}`,
  });
}

/** https://www.haproxy.com/documentation/haproxy-configuration-tutorials/protocol-support/websocket/ */
export function startHaproxy(program: string, origin: number, dead = 9): Promise<Program> {
  return startProgram({
    program,
    args: (config) => ['-db', '-f', config],
    config: (_, port) => `
global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend front
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string "static" if { path_beg /static }
  http-request auth realm haproxy if { path_beg /private }
  http-request silent-drop if { path_beg /hung-up }
  use_backend dead if { path_beg /dead }
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
backend dead
  retries 0
  server dead 127.0.0.1:${dead}
`,
  });
}

/**
 * HAProxy as it holds requests back while there is nobody behind it who answers them, for five seconds: clients that come in
 * while the router starts again notice nothing. As docs/sp.md has it.
 */
export function startPatientHaproxy(program: string, origin: number): Promise<Program> {
  return startProgram({
    program,
    args: (config) => ['-db', '-f', config],
    config: (_, port) => `
defaults
  mode http
  timeout connect 100ms
  timeout client 1h
  timeout server 1h
  timeout tunnel 1d
frontend front
  bind 127.0.0.1:${port}
  default_backend router
backend router
  retries 50
  retry-on conn-failure empty-response
  server router 127.0.0.1:${origin}
`,
  });
}
