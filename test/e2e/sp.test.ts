/** The way of SP peers into a room, over raw sockets: what goes over the wire is counted in bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, subprotocolOf } from '../../src/config/sp-roles.ts';
import { clientFrame, GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

const BINARY = 0x82;
const TEXT = 0x81;
const CLOSE = 0x88;

let router: Router;
beforeAll(async () => {
  router = await startRouter('test', SECRETS);
});
afterAll(() => router.stop());

/** Asks for an upgrade as a client of nanomsg does. */
async function dial(path: string, subprotocol: string | null): Promise<RawSocket> {
  const socket = await RawSocket.open(router.port);
  const offer = subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`];
  socket.write(requestHead(`GET ${path} HTTP/1.1`, [...GOOD_UPGRADE, ...offer]));
  return socket;
}

/** The answer, whose head has to be short whatever it says: a client of nanomsg aborts its process at 512 bytes. */
async function answerTo(path: string, subprotocol: string | null) {
  const socket = await dial(path, subprotocol);
  const answer = await socket.readAnswer();
  socket.destroy();
  expect(answer.head.length).toBeLessThan(300);
  return answer;
}

/** An SP peer in a room. */
async function connect(path: string, subprotocol: string): Promise<RawSocket> {
  const socket = await dial(path, subprotocol);
  expect((await socket.readAnswer()).status).toBe(101);
  return socket;
}

const closeCode = ({ payload }: { payload: Buffer }) => payload.readUInt16BE();

describe('the answer to a peer', () => {
  it.each(ROLES.map(subprotocolOf))('echoes %s and nothing that is not needed, in under 300 bytes', async (offer) => {
    for (const written of [offer, offer.toUpperCase()]) {
      const { status, headers } = await answerTo('/sp/heads', written);
      expect(status).toBe(101);
      expect(headers['sec-websocket-protocol']).toBe(written);
      expect(headers.connection).toBe('Upgrade');
      expect(headers.upgrade).toBe('websocket');
      const names = ['connection', 'sec-websocket-accept', 'sec-websocket-protocol', 'upgrade'];
      expect(Object.keys(headers).sort()).toEqual(names);
    }
  });

  it('names the one of several that is chosen', async () => {
    const { headers } = await answerTo('/sp/heads', 'chat, sub.sp.nanomsg.org, rep.sp.nanomsg.org');
    expect(headers['sec-websocket-protocol']).toBe('sub.sp.nanomsg.org');
  });

  it('is 400 where the room speaks nothing else and none was offered', async () => {
    const token = await signToken();
    for (const offer of [null, 'chat', 'hub.sp.nanomsg.org']) {
      const { status, headers } = await answerTo(`/sp-only/a?token=${token}`, offer);
      expect([status, headers['signalbox-error']]).toEqual([400, 'ERR_SUBPROTOCOL_REQUIRED']);
    }
  });

  it('is 401 without a credential where the route wants one, and 403 to who may do nothing there', async () => {
    expect((await answerTo('/sp-only/a', 'sub.sp.nanomsg.org')).status).toBe(401);
    const token = await signToken({ permissions: [{ allow: ['subscribe'] }] });
    const path = `/sp-only/a?token=${token}`;
    const [pub, sub] = [await answerTo(path, 'sub.sp.nanomsg.org'), await answerTo(path, 'pub.sp.nanomsg.org')];
    expect([pub.status, pub.headers['signalbox-error'], sub.status]).toEqual([403, 'ERR_PERMISSION_DENIED', 101]);
  });
});

describe('a peer', () => {
  it('gets binary whatever others send, and is heard whatever it sends', async () => {
    const [one, other] = [
      await connect('/sp/kinds', 'bus.sp.nanomsg.org'),
      await connect('/sp/kinds', 'bus.sp.nanomsg.org'),
    ];
    const page = await dial('/sp/kinds', null);
    await page.readAnswer();
    for (const from of [one, page]) {
      from.write(clientFrame(TEXT, 'é'));
      const { first, payload } = await other.readFrame();
      expect([first, `${payload}`]).toEqual([BINARY, 'é']);
    }
    for (const socket of [one, other, page]) socket.destroy();
  });

  it('that publishes gets no byte, whatever is said in the room or to the room', async () => {
    const pub = await connect('/sp/silent', 'sub.sp.nanomsg.org');
    const sub = await connect('/sp/silent', 'pub.sp.nanomsg.org');
    const page = await dial('/sp/silent', null);
    await page.readAnswer();
    pub.write(clientFrame(TEXT, 'ping'));
    pub.write(clientFrame(BINARY, 'a'));
    expect([`${(await sub.readFrame()).payload}`, `${(await sub.readFrame()).payload}`]).toEqual(['ping', 'a']);
    page.write(clientFrame(TEXT, 'b'));
    expect(`${(await sub.readFrame()).payload}`).toBe('b');
    // Its own Close is the first thing that is ever answered.
    pub.write(clientFrame(CLOSE, Buffer.from([3, 232])));
    expect(await pub.readFrame()).toEqual({ first: CLOSE, payload: Buffer.from([3, 232]) });
    for (const socket of [pub, sub, page]) socket.destroy();
  });

  it('is bound by the limits of its route: connections, and messages in a second', async () => {
    const path = `/sp-only/limits?token=${await signToken()}`;
    const [push, sub] = [await connect(path, 'pull.sp.nanomsg.org'), await connect(path, 'pub.sp.nanomsg.org')];
    expect((await answerTo(path, 'pub.sp.nanomsg.org')).status).toBe(503);
    for (let i = 0; i < 4; i++) push.write(clientFrame(BINARY, 'a'));
    expect(closeCode(await push.readFrame())).toBe(1008);
    for (const socket of [push, sub]) socket.destroy();
  });
});
