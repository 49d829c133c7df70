import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, createRoom, history, type Line, publish, Speaker } from './speaker.ts';

interface Page {
  publications: { data: unknown; offset: number }[];
  offset: number;
  epoch: string;
}

let room: ReturnType<typeof createRoom>;
let ada: Speaker;
beforeEach(() => {
  room = createRoom();
  ada = Speaker.connect(room.hub);
  for (const data of [1, 2, 3, 4, 5]) ada.say(publish('kept:a', data));
  room.port.settle();
  ada.lines();
});

const pageOf = (reply: Line) => reply.history as Page;
const read = (more: object) => pageOf(ada.ask(history('kept:a', more)));
const epoch = () => room.hub.position('kept:a').epoch;

describe('a page of history', () => {
  it.each<[object, number[]]>([
    [{}, []],
    [{ limit: 0 }, []],
    [{ limit: 2 }, [1, 2]],
    [{ limit: 5 }, [1, 2, 3, 4, 5]],
    [{ limit: 6 }, [1, 2, 3, 4, 5]],
    [{ limit: Number.MAX_SAFE_INTEGER }, [1, 2, 3, 4, 5]],
    [{ limit: -1 }, [1, 2, 3, 4, 5]],
    [{ limit: Number.MIN_SAFE_INTEGER }, [1, 2, 3, 4, 5]],
    [{ limit: 2, reverse: true }, [5, 4]],
    [{ limit: -1, reverse: true }, [5, 4, 3, 2, 1]],
    [{ limit: -1, since: { offset: 0 } }, [1, 2, 3, 4, 5]],
    [{ limit: 2, since: { offset: 2 } }, [3, 4]],
    [{ limit: 2, since: { offset: 4 }, reverse: true }, [3, 2]],
    [{ limit: -1, since: { offset: 5 } }, []],
    [{ limit: -1, since: { offset: 1 }, reverse: true }, []],
    [{ limit: -1, since: { offset: Number.MAX_SAFE_INTEGER } }, []],
  ])('that is asked for with %j holds %j, and says where the stream stands', (more, data) => {
    const page = read(more);
    expect(page.publications.map((publication) => publication.data)).toEqual(data);
    expect([page.offset, page.epoch]).toEqual([5, epoch()]);
  });

  it.each([false, true])('leads to the next one until all was read, reverse: %s', (reverse) => {
    const seen: unknown[] = [];
    let since: object | undefined;
    for (let page = 0; page < 4; page++) {
      const { publications } = read({ limit: 2, reverse, since });
      seen.push(...publications.map(({ data }) => data));
      since = { offset: publications.at(-1)?.offset, epoch: epoch() };
      if (publications.length < 2) break;
    }
    expect(seen).toEqual(reverse ? [5, 4, 3, 2, 1] : [1, 2, 3, 4, 5]);
  });

  it('holds publications as they were pushed', () => {
    expect(read({ limit: 1 }).publications).toEqual([{ data: 1, offset: 1, info: { user: '', client: ada.id } }]);
  });

  it('has an end at 1000 publications, whatever was asked for', () => {
    for (let i = 0; i < 1001; i++) ada.say(publish('kept:b', i));
    room.port.settle();
    ada.lines();
    for (const limit of [-1, 1001, 2000]) {
      const { publications, offset } = pageOf(ada.ask(history('kept:b', { limit })));
      expect([publications.length, publications.at(-1)?.data, offset]).toEqual([1000, 999, 1001]);
    }
  });

  it('holds nothing that has expired or was too much', () => {
    for (const data of [1, 2, 3]) ada.say(publish('small:a', data));
    room.port.settle();
    ada.lines();
    const small = () => pageOf(ada.ask(history('small:a', { limit: -1 }))).publications.map(({ data }) => data);
    expect(small()).toEqual([2, 3]);
    room.port.time = 60_000;
    expect(small()).toEqual([]);
    expect(read({ limit: -1 })).toMatchObject({ publications: [], offset: 5 });
  });
});

describe('a place in a stream', () => {
  it('may be given with its epoch, or without one', () => {
    expect(read({ limit: 1, since: { offset: 2, epoch: epoch() } }).publications).toHaveLength(1);
    expect(read({ limit: 1, since: { offset: 2, epoch: '' } }).publications).toHaveLength(1);
  });

  it('is refused under another epoch', () => {
    expect(ada.ask(history('kept:a', { limit: 1, since: { offset: 2, epoch: 'another' } }))).toEqual({
      error: { code: 112, message: 'unrecoverable position' },
    });
  });
});

it('is empty for a stream that has not begun, and stays under the epoch that it says', () => {
  const page = pageOf(ada.ask(history('kept:new', { limit: -1 })));
  expect(page).toEqual({ publications: [], offset: 0, epoch: expect.stringMatching(/./) });
  ada.ask(publish('kept:new', 1));
  expect(pageOf(ada.ask(history('kept:new', { limit: -1, since: page })))).toMatchObject({
    publications: [{ data: 1 }],
    epoch: page.epoch,
  });
});

it('is not there where the namespace keeps none', () => {
  expect(ada.ask(history('a', { limit: 1 }))).toEqual({ error: { code: 108, message: 'not available' } });
  expect(codeOf(ada.ask(history('nowhere:a')))).toBe(102);
});
