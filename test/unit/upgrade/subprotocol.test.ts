import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config/config.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { chooseProtocol, chooseSubprotocol, parseOffer } from '../../../src/upgrade/subprotocol.ts';
import { resolveRoute, upgradeRequest } from '../../support/requests.ts';

const RUNS = { numRuns: 200, seed: 1 };
const MALFORMED = new Rejected('ERR_SUBPROTOCOL_MALFORMED');
const REQUIRED = new Rejected('ERR_SUBPROTOCOL_REQUIRED');

describe('an offer', () => {
  it.each([
    [null, []],
    ['chat', ['chat']],
    ['b, a', ['b', 'a']],
    ['a,b', ['a', 'b']],
    ['\ta \t, b ', ['a', 'b']],
    ['Chat, chat', ['Chat', 'chat']],
    ["!#$%&'*+-.^_`|~09azAZ", ["!#$%&'*+-.^_`|~09azAZ"]],
    ['rep.sp.nanomsg.org', ['rep.sp.nanomsg.org']],
  ])('of %j is taken as it was written', (header, offer) => {
    expect(parseOffer(header)).toEqual(offer);
  });

  it('may come in several headers', () => {
    const { headers } = upgradeRequest({ 'Sec-WebSocket-Protocol': ['a', 'b, c'] });
    expect(parseOffer(headers.get('Sec-WebSocket-Protocol'))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['empty', ''],
    ['white space', ' '],
    ['a comma', ','],
    ['an empty element at the end', 'a,'],
    ['an empty element at the start', ', a'],
    ['an empty element between', 'a, , b'],
    ['a name twice', 'a, b, a'],
    ['a name with a space', 'a b'],
    ['a name with a slash', 'a/b'],
    ['a name in quotes', '"a"'],
    ['a parameter', 'a;q=1'],
    ['a name not of ASCII', 'café'],
    ['a control character', 'a\u0001'],
    ['a line feed', 'a\nb'],
  ])('is refused as %s', (_, header) => {
    expect(parseOffer(header)).toEqual(MALFORMED);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(() => parseOffer(header)).not.toThrow();
      }),
      RUNS,
    );
  });

  it('gives the names back of which it was written', () => {
    const name = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,8}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1 }), fc.constantFrom(',', ', ', ' ,\t'), (names, comma) => {
        expect(parseOffer(names.join(comma))).toEqual(names);
      }),
      RUNS,
    );
  });
});

describe('the choice', () => {
  it.each([
    ['the only one', ['a'], ['a'], 'a'],
    ["the server's first", ['a', 'b'], ['b', 'a'], 'a'],
    ['the next one that was offered', ['a', 'b', 'c'], ['c', 'b'], 'b'],
    ['none where none is demanded', [], ['a'], null],
    ['none where none is demanded nor offered', [], [], null],
    ['the one of the same case', ['Chat', 'chat'], ['chat'], 'chat'],
  ])('is %s', (_, spoken, offer, chosen) => {
    expect(chooseSubprotocol(spoken, offer)).toBe(chosen);
  });

  it.each([
    ['nothing is offered', ['a'], []],
    ['only others are offered', ['a', 'b'], ['c']],
    ['the offer differs in case', ['chat'], ['Chat']],
    ['the offer only starts the same', ['chat'], ['chat.v1', 'cha']],
  ])('is refused where %s', (_, spoken, offer) => {
    expect(chooseSubprotocol(spoken, offer)).toEqual(REQUIRED);
  });

  it('is never one that was not offered, and never passes one over', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'A', 'b', 'c', 'd'));
    fc.assert(
      fc.property(names, names, (spoken, offer) => {
        const both = spoken.filter((name) => offer.includes(name));
        const expected = spoken.length === 0 ? null : (both[0] ?? REQUIRED);
        expect(chooseSubprotocol(spoken, offer)).toEqual(expected);
      }),
      RUNS,
    );
  });
});

describe('what is spoken', () => {
  const chosen = (protocols: readonly string[], offer: string[], changes: object = {}) =>
    chooseProtocol(
      resolveRoute({ target: { kind: 'room', room: 'a', protocols } as Route['target'], ...changes }),
      offer,
    );

  it.each([
    ['sub.sp.nanomsg.org', 'sp', 'pub'],
    ['REP.Sp.nanomsg.org', 'sp', 'req'],
    ['pair1.sp.nanomsg.org', 'sp_pair1', 'pair1'],
  ])('is SP where it was offered, named as it was written: %s', (subprotocol, protocol, role) => {
    for (const protocols of [['raw', 'sp'], ['sp']]) {
      expect(chosen(protocols, ['chat', subprotocol])).toEqual({ subprotocol, protocol, role });
    }
  });

  it('is text where a page asks and answers in it', () => {
    expect(chosen(['sp', 'raw'], ['sp.signalbox'])).toEqual({ subprotocol: 'sp.signalbox', protocol: 'sp_text' });
  });

  it('is what bare sockets speak where no SP was offered, or the room speaks none', () => {
    const bare = { subprotocol: null, protocol: 'raw' };
    expect(chosen(['raw', 'sp'], [])).toEqual(bare);
    expect(chosen(['raw', 'sp'], ['hub.sp.nanomsg.org', 'SP.signalbox'])).toEqual(bare);
    expect(chosen(['raw'], ['sub.sp.nanomsg.org'])).toEqual(bare);
  });

  it('is what bare sockets speak where their room has an origin', () => {
    const target = { kind: 'room', room: 'a', origin: 'ws://a.example' } as const;
    expect(chosen([], [], { target })).toEqual({ subprotocol: null, protocol: 'raw' });
  });

  it('is SP also beside subprotocols of the route, which bare sockets need', () => {
    const changes = { protocols: ['chat'] };
    expect(chosen(['raw', 'sp'], ['sub.sp.nanomsg.org'], changes)).toMatchObject({ protocol: 'sp' });
    expect(chosen(['raw', 'sp'], ['chat'], changes)).toEqual({ subprotocol: 'chat', protocol: 'raw' });
    expect(chosen(['raw', 'sp'], [], changes)).toEqual(REQUIRED);
  });

  it('is nothing where a room speaks nothing but SP and none was offered', () => {
    for (const offer of [[], ['chat'], ['hub.sp.nanomsg.org']]) expect(chosen(['sp'], offer)).toEqual(REQUIRED);
  });

  it('is never SP at the path of another protocol', () => {
    const [route] = parseConfig({
      routes: [{ path: '/', target: { kind: 'room', room: 'a', protocols: ['centrifugo', 'sp'] } }],
    }).routes.filter(({ mount }) => mount === 'centrifugo');
    expect(route && chooseProtocol(route, ['sub.sp.nanomsg.org'])).toEqual({
      subprotocol: null,
      protocol: 'centrifugo',
    });
  });
});
