import type { Alarm } from '../src/platform/alarm.ts';
import { LateStore } from '../src/protocols/sp/late-store.ts';
import type { SpPort } from '../src/protocols/sp/sp-room.ts';
import { SqlPatternStore } from './sql-pattern-store.ts';

/** What the SP device of a room needs, as the runtime has it. */
export function spPort(sql: SqlStorage, alarm: Alarm): SpPort {
  return {
    requests: new LateStore(new SqlPatternStore(sql, 'requests'), (ms, task) => void setTimeout(task, ms)),
    pushed: new SqlPatternStore(sql, 'pushed'),
    random: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    wakeAt: (time) => alarm.wakeAt(time),
  };
}
