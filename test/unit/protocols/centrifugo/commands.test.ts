import { describe, expect, it } from 'vitest';
import { DISCONNECTS } from '../../../../src/config/disconnects.ts';
import { KEEP_ALIVE_SECONDS } from '../../../../src/protocols/framing.ts';
import { codeOf, createRoom, publish, Speaker, subscribe } from './speaker.ts';

const BAD_REQUEST = { code: 3501, reason: 'bad request' };

describe('a connection', () => {
  it('says hello first, is told its id, and is remembered to have done so', () => {
    const { hub, port } = createRoom();
    const ada = new Speaker(hub);
    expect(ada.ask({ connect: { token: 'ignored', name: 'js' } })).toEqual({
      connect: { client: ada.id, version: 'signalbox' },
    });
    expect(port.kept.get(ada.id)?.greeted).toBe(true);
  });

  it('is told its session where it sends by requests of their own, and that the edge sends pings', () => {
    const ada = new Speaker(createRoom().hub, { session: 'secret' });
    expect(ada.ask({ connect: {} })).toEqual({
      connect: { client: ada.id, version: 'signalbox', session: 'secret', node: 'signalbox', ping: KEEP_ALIVE_SECONDS },
    });
  });

  it('says hello once', () => {
    const ada = Speaker.connect(createRoom().hub);
    expect(ada.ask({ connect: {} })).toEqual({ error: { code: 107, message: 'bad request' } });
    expect(ada.socket.closed).toBeNull();
  });

  it('may say hello again after one that was not as it should be', () => {
    const ada = new Speaker(createRoom().hub);
    expect(codeOf(ada.ask({ connect: null }))).toBe(107);
    expect(ada.connection.record.greeted).toBe(false);
    expect(ada.ask({ connect: {} })).toHaveProperty('connect');
  });

  it('says hello without wanting to be told anything where it gives no id', () => {
    const ada = new Speaker(createRoom().hub);
    ada.send('{"connect":{}}');
    expect(ada.socket.sent).toEqual([]);
    expect(ada.ask({ ping: {} })).toEqual({ ping: {} });
  });

  it.each([
    '{"id":1,"ping":{}}',
    '{"id":1,"subscribe":{"channel":"a"}}',
    '{"publish":{"channel":"a","data":1}}',
    '{"send":{}}',
    '{"id":1,"fly":{}}',
    '{"id":1}',
  ])('is closed with 3501 where it says anything else first: %s', (frame) => {
    const { hub } = createRoom();
    const ben = Speaker.connect(hub);
    ben.ask(subscribe('a'));
    const ada = new Speaker(hub);
    ada.send(`${frame}\n{"id":2,"connect":{}}\n{"publish":{"channel":"a","data":1}}`);
    expect(ada.socket.closed).toEqual(BAD_REQUEST);
    expect([ada.socket.sent, ben.lines(), hub.size]).toEqual([[], [], 1]);
  });

  it.each([[''], ['\n'], ['{}'], ['{}\n{"id":0}']])(
    'may answer pings that nobody sent, also before hello: %j',
    (frame) => {
      const ada = new Speaker(createRoom().hub);
      ada.send(frame);
      expect([ada.socket.sent, ada.socket.closed]).toEqual([[], null]);
    },
  );
});

describe('what is not of the protocol', () => {
  it.each([['{'], ['[]'], ['7'], ['{"id":-1}'], [new ArrayBuffer(2)]])(
    'costs the connection 3501, and nobody else: %j',
    (frame) => {
      const { hub } = createRoom();
      const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
      ada.send(frame);
      expect([ada.socket.closed, ben.socket.closed, hub.size]).toEqual([BAD_REQUEST, null, 1]);
    },
  );

  it('costs the connection, and what stood before it in the frame is done', () => {
    const { hub } = createRoom();
    const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
    ben.ask(subscribe('a'));
    ada.send('{"id":1,"publish":{"channel":"a","data":1}}\n{');
    expect([ada.socket.closed, ben.lines().length]).toEqual([BAD_REQUEST, 1]);
  });
});

describe('the replies to a frame', () => {
  it('share a frame, in the order of the commands', () => {
    const ada = Speaker.connect(createRoom().hub);
    ada.say({ ping: {} }, subscribe('a'), { fly: {} }, subscribe('nowhere:a'), { ping: {} });
    expect(ada.frames().map((lines) => lines.map(({ id }) => id))).toEqual([[2, 3, 4, 5, 6]]);
  });

  it('are there before what the frame publishes on what it subscribes to', () => {
    const ada = Speaker.connect(createRoom().hub);
    ada.say(subscribe('a'), publish('a', 1), { ping: {} });
    expect(ada.frames().map((lines) => lines.map((line) => Object.keys(line).at(-1)))).toEqual([
      ['subscribe'],
      ['push'],
      ['publish', 'ping'],
    ]);
  });

  it('are not sent to a connection that is closed in the middle of them', () => {
    const { hub } = createRoom();
    const [ada, eve] = [new Speaker(hub), Speaker.connect(hub)];
    eve.ask(subscribe('a'));
    eve.socket.onSend = () => hub.disconnect(ada.connection, DISCONNECTS.forceDisconnect);
    ada.say({ connect: {} }, publish('a', 1), publish('a', 2));
    expect(ada.frames().map((lines) => lines.map(({ id }) => id))).toEqual([[1]]);
    expect(eve.lines()).toHaveLength(1);
  });

  it('have the ids of their commands, however large and whether they were used before', () => {
    const ada = Speaker.connect(createRoom().hub);
    const id = Number.MAX_SAFE_INTEGER;
    ada.send(`{"id":${id},"ping":{}}\n{"id":1,"ping":{}}\n{"id":1.0,"ping":{}}`);
    expect(ada.lines().map((line) => line.id)).toEqual([id, 1, 1]);
  });

  it('are not there for commands without an id, which are done all the same', () => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub);
    ada.send(
      '{"subscribe":{"channel":"a"}}\n{"publish":{"channel":"a","data":1}}\n{"id":0,"subscribe":{"channel":"a"}}',
    );
    expect(ada.lines()).toEqual([{ push: expect.objectContaining({ channel: 'a' }) }]);
  });
});

describe('a command', () => {
  it.each([
    [{ fly: {} }, 104, 'method not found'],
    [{}, 104, 'method not found'],
    [{ rpc: { method: 'a' } }, 108, 'not available'],
    [{ refresh: { token: 'a' } }, 108, 'not available'],
    [{ sub_refresh: { channel: 'a', token: 'a' } }, 108, 'not available'],
    [{ rpc: null }, 107, 'bad request'],
    [{ subscribe: {} }, 107, 'bad request'],
    [{ publish: { channel: 'a' } }, 107, 'bad request'],
    [{ publish: { data: 1 } }, 107, 'bad request'],
    [{ history: { channel: 'kept:a', limit: 'all' } }, 107, 'bad request'],
    [{ presence: { channel: 'x'.repeat(256) } }, 107, 'bad request'],
  ])('that can not be done is told so, and the connection goes on: %j', (command, code, message) => {
    const ada = Speaker.connect(createRoom().hub);
    expect(ada.ask(command)).toEqual({ error: { code, message } });
    expect(ada.ask({ ping: {} })).toEqual({ ping: {} });
  });

  it.each(['subscribe', 'publish', 'presence', 'presence_stats', 'history'])(
    'to %s is told that there is no such channel',
    (method) => {
      const ada = Speaker.connect(createRoom().hub);
      for (const channel of ['nowhere:a', '__proto__:a', 'Kept:a']) {
        expect(ada.ask({ [method]: { channel, data: 1 } })).toEqual({
          error: { code: 102, message: 'unknown channel' },
        });
      }
    },
  );

  it('to send is taken and dropped', () => {
    const ada = Speaker.connect(createRoom().hub);
    ada.say({ send: { data: 1 } });
    expect([ada.lines(), ada.socket.closed]).toEqual([[], null]);
  });
});

describe('a frame of many commands', () => {
  it('counts as many messages as it has commands, and costs the connection beyond its rate', () => {
    const { hub } = createRoom();
    const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
    ben.ask(subscribe('a'));
    ada.send(Array(3000).fill('{"publish":{"channel":"a","data":1}}').join('\n'));
    expect(ada.socket.closed).toEqual({ code: 1008, reason: 'message rate exceeded' });
    // The frame itself is counted before it comes to the protocol, and stands for its first command.
    expect(ben.lines().length).toBeLessThanOrEqual(2001);
  });

  it('can not ask for more than its rate lets it have', () => {
    const { hub } = createRoom();
    const members = Array.from({ length: 100 }, () => Speaker.connect(hub));
    for (const member of members) member.ask(subscribe('seen:a'));
    const [ada] = members;
    ada?.send(Array(1000).fill('{"id":1,"presence":{"channel":"seen:a"}}').join('\n'));
    expect(ada?.socket.closed).toEqual({ code: 1008, reason: 'message rate exceeded' });
  });
});
