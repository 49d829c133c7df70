/** The device of a room among its members, in plain Node. */
import type { Role } from '../../src/config/sp-roles.ts';
import { createProtocols, ENCODERS } from '../../src/protocols/protocol.ts';
import { SpRoom } from '../../src/protocols/sp/sp-room.ts';
import { MemoryStore } from '../../src/protocols/sp/store.ts';
import { Hub } from '../../src/room/hub.ts';
import type { Message } from '../../src/room/ports.ts';
import type { AdmissionChanges } from './admission.ts';
import { createMember, createStores, ManualPort, type Member } from './members.ts';
import { bytes, hex } from './sp.ts';

/** A room, with stores that can outlast it. */
export function createRoom(requests = new MemoryStore(), pushed = new MemoryStore()) {
  const port = new ManualPort();
  const hub = new Hub(port, ENCODERS, createStores());
  let random = 0;
  const wakeAt = (time: number) => port.wakeAt(time);
  const sp = new SpRoom(hub, { requests, pushed, wakeAt, random: () => ++random });
  const protocols = createProtocols(sp);
  port.onLeft = (connection) => sp.leave(connection);
  const enter = (member: Member) => protocols[member.connection.record.protocol].enter?.(hub, member.connection);
  const join = (changes: AdmissionChanges): Member => {
    const member = createMember(changes);
    hub.join(member.connection);
    enter(member);
    return member;
  };
  const peer = (role: Role, changes: AdmissionChanges = {}) =>
    join({ protocol: role === 'pair1' ? 'sp_pair1' : 'sp', role, ...changes });
  const say = ({ connection }: Member, message: string | Uint8Array) =>
    protocols[connection.record.protocol].receive(
      hub,
      connection,
      typeof message === 'string' ? message : (message.slice().buffer as ArrayBuffer),
    );
  /** Lets members go on here that were in another room: what outlasts a sleep is their records. */
  const restore = <const M extends readonly Member[]>(members: M): M => {
    const restored = members.map(({ connection }) => {
      const member = createMember();
      Object.assign(member.connection.record, structuredClone(connection.record));
      hub.restore(member.connection);
      enter(member);
      return member;
    });
    sp.restore();
    return restored as unknown as M;
  };
  return { hub, port, sp, join, peer, say, restore, requests, pushed };
}

/** What a member was sent, bytes as hexadecimal. */
export const heard = ({ socket }: Member) =>
  socket.sent.map((message: Message | Uint8Array) =>
    typeof message === 'string' ? message : hex(new Uint8Array(message)),
  );
/** A text as hexadecimal. */
export const text = (value: string) => hex(bytes(`'${value}'`));
