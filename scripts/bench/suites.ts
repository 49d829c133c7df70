/** What can be run: cases that belong together. */
import type { Case } from './cases.ts';
import { CENTRIFUGO_CASES } from './centrifugo-cases.ts';
import { GRIP_CASES } from './grip-cases.ts';
import { PLUGIN_CASES } from './plugin-cases.ts';
import { PROXY_CASES } from './proxy-cases.ts';
import { ROOM_CASES } from './room-cases.ts';
import { SP_CASES } from './sp-cases.ts';
import { TUNNEL_CASES } from './tunnel-cases.ts';

export const SUITES = {
  room: ROOM_CASES,
  centrifugo: CENTRIFUGO_CASES,
  proxy: PROXY_CASES,
  tunnel: TUNNEL_CASES,
  grip: GRIP_CASES,
  sp: SP_CASES,
  plugin: PLUGIN_CASES,
} satisfies Record<string, readonly Case[]>;
export type SuiteName = keyof typeof SUITES;
export const SUITE_NAMES = Object.keys(SUITES) as SuiteName[];

/** The largest rooms are only for those who ask. */
export const LARGE_CASE = '5000';
