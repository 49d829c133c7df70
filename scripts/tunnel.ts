/** `signalbox tunnel`: joins standard input and output, or the connections to a port, with a tunnel of the router. */
import { stdin } from 'node:process';
import { dial } from './tunnel/dial.ts';
import { endOf, join } from './tunnel/join.ts';
import { listen } from './tunnel/listen.ts';
import { parseOptions, USAGE } from './tunnel/options.ts';
import { EXIT, type ExitCode, type Outcome } from './tunnel/outcome.ts';
import { openStdout } from './tunnel/stdout.ts';

/** Resolves with the code to exit with; while it listens on a port, only where it can't. */
export async function runTunnel(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const options = parseOptions(args, env);
  if (typeof options === 'string') {
    console.error(`signalbox tunnel: ${options}\n\n${USAGE}`);
    return EXIT.usage;
  }
  const { url, headers, listenOn } = options;
  const open = () => dial(url, headers);
  if (listenOn !== null) return tell(await listen(listenOn, open, tell));
  const opened = await open();
  if ('exit' in opened) return tell(opened);
  const stdout = openStdout();
  const outcome = await join(opened, stdin, stdout);
  await endOf(stdout);
  return tell(outcome);
}

function tell({ exit, message }: Outcome): ExitCode {
  if (message !== null) console.error(`signalbox tunnel: ${message}`);
  return exit;
}
