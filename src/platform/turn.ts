/**
 * Runs `task` in another turn of the event loop, once what the room has sent before can be on its way.
 *
 * A timer would leave the processor idle: workerd waits a whole millisecond even for `setTimeout(task, 0)`. A promise
 * comes back too early, before the sockets have been written to. `sync` waits for what holds messages back anyhow, the
 * writes to storage before them; without any it is a turn of the event loop and nothing more.
 */
export function nextTurn(ctx: DurableObjectState, task: () => void): void {
  void ctx.storage.sync().then(task);
}
