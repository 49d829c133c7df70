import { requireSecret } from '../src/auth/ports.ts';
import type { GripPort } from '../src/grip/port.ts';
import type { Alarm } from '../src/platform/alarm.ts';
import { ask } from '../src/platform/ask.ts';
import { authPort } from '../src/platform/secrets.ts';

/** What the sessions of a GRIP application server need, as the runtime has it. */
export function gripPort(ctx: DurableObjectState, env: Readonly<Record<string, unknown>>, alarm: Alarm): GripPort {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    ask,
    secret: (name) => requireSecret(authPort(env), name),
    // Only while a client waits for the answer to its upgrade, which keeps the object awake anyhow.
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    wakeAt: (time) => alarm.wakeAt(time),
    waitUntil: (work) => ctx.waitUntil(work),
    log: (...what) => console.error(...what),
  };
}
