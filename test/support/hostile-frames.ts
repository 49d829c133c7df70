/** Frames that no proper client sends. */
import { expect } from 'vitest';
import { upgradeTo } from './hostile-http.ts';
import { RawSocket } from './raw-socket.ts';
import type { Router } from './router.ts';

const MASK = Buffer.from([1, 2, 3, 4]);

/** A member of a room that speaks bytes. */
export async function join(router: Router, path: string): Promise<RawSocket> {
  const socket = await RawSocket.open(router.port);
  socket.write(upgradeTo(path));
  expect((await socket.readAnswer()).status).toBe(101);
  return socket;
}

/** A masked frame of any size, in the shortest length that it can have. */
export function frame(first: number, payload: string | Uint8Array): Buffer {
  const data = Buffer.from(payload);
  const masked = data.map((byte, index) => byte ^ (MASK[index % 4] ?? 0));
  return Buffer.concat([lengthOf(first, data.length), MASK, masked]);
}

function lengthOf(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  if (length < 65_536) return Buffer.from([first, 0xfe, length >> 8, length & 0xff]);
  return announcing(first, BigInt(length)).subarray(0, 10);
}

/** The head of a masked frame that says it is `length` bytes, in 64 bits. */
export function announcing(first: number, length: bigint): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt8(first, 0);
  head.writeUInt8(0xff, 1);
  head.writeBigUInt64BE(length, 2);
  return Buffer.concat([head, MASK]);
}

export function closePayload(code: number, reason: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

export function closeFrame(code: number, reason: string | Uint8Array = ''): Buffer {
  return frame(0x88, closePayload(code, reason));
}

/** The code and the reason of the Close frame that comes next, and nothing else before it. */
export async function readClose(socket: RawSocket): Promise<{ code: number | null; reason: string }> {
  const { first, payload } = await socket.readFrame();
  expect(first).toBe(0x88);
  return { code: payload.length < 2 ? null : payload.readUInt16BE(), reason: payload.subarray(2).toString() };
}
