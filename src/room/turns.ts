import type { Connection } from './connection.ts';

/**
 * Does something for a connection when everything that was begun for it before is done: at once where nothing is going on.
 * So a client's messages are taken in their order, also where one of them has to wait for something.
 */
export function inTurn(connection: Connection, task: () => void | Promise<void>): void | Promise<void> {
  const work = connection.busy === null ? task() : connection.busy.then(task);
  if (!work) return;
  const busy = work.finally(() => {
    if (connection.busy === busy) connection.busy = null;
  });
  connection.busy = busy;
  return busy;
}
