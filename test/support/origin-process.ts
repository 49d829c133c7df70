/** A WebSocket origin that echoes, as a process of its own, which can be frozen: tells its parent at which port it listens. */
import { SocketOrigin } from './socket-origin.ts';

const origin = await SocketOrigin.open();
process.on('disconnect', () => process.exit());
process.send?.(origin.port);
