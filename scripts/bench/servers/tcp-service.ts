/** The TCP service behind the tunnels that are compared. Its first argument says what it does. Tells its parent its port. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'x');

const BEHAVIOURS: Record<string, (socket: Socket) => void> = {
  /** Sends all back. */
  echo: (socket) => socket.pipe(socket),
  /** Sends one byte for each MiB that it got. */
  sink(socket) {
    let got = 0;
    socket.on('data', ({ length }) => {
      for (got += length; got >= MEBIBYTE.length; got -= MEBIBYTE.length) socket.write('.');
    });
  },
  /** Sends a MiB for each byte that it got. */
  source(socket) {
    socket.on('data', ({ length }) => {
      for (let n = 0; n < length; n++) socket.write(MEBIBYTE);
    });
  },
};

const behave = BEHAVIOURS[process.argv[2] ?? ''];
if (behave === undefined) throw new Error(`A service does one of ${Object.keys(BEHAVIOURS).join(', ')}`);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  behave(socket);
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
