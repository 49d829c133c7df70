/** Programs that tunnel WebSocket to TCP, set up as their documentation says. */
import { type Program, startProgram } from '../../test/support/programs.ts';

/** https://redmine.lighttpd.net/projects/lighttpd/wiki/Mod_wstunnel */
export function startLighttpd(program: string, service: number): Promise<Program> {
  return startProgram({
    program,
    args: (config) => ['-D', '-f', config],
    config: (folder, port) => `
server.modules = ("mod_wstunnel")
server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
wstunnel.frame-type = "binary"
wstunnel.server = ("/" => (("host" => "127.0.0.1", "port" => ${service})))
`,
  });
}

/** https://github.com/novnc/websockify/wiki/docs: a process for each connection. It reads no file of settings. */
export function startWebsockify(program: string, service: number): Promise<Program> {
  let listening = 0;
  return startProgram({
    program,
    config: (_, port) => {
      listening = port;
      return '';
    },
    args: () => [`127.0.0.1:${listening}`, `127.0.0.1:${service}`],
  });
}
