/** `signalbox <command>`, as scripts/signalbox.js starts it. */
import { EXIT } from './tunnel/outcome.ts';
import { runTunnel } from './tunnel.ts';

const [command, ...args] = process.argv.slice(2);

if (command === 'tunnel') process.exit(await runTunnel(args, process.env));
console.error('Usage: signalbox tunnel …    joins standard input and output, or a port, with a tunnel of the router');
process.exit(EXIT.usage);
