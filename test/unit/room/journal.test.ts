import { describe, expect, it, vi } from 'vitest';
import type { Retention } from '../../../src/room/history.ts';
import { IDEMPOTENCY_TTL_MS } from '../../../src/room/idempotency.ts';
import { Journal } from '../../../src/room/journal.ts';
import { MemoryHistory } from '../../../src/room/memory-history.ts';
import { MemoryIdempotency } from '../../../src/room/memory-idempotency.ts';
import type { Draft, Publication } from '../../../src/room/publication.ts';
import { ManualPort } from '../../support/members.ts';

/** A history that notes what is appended to it. */
class NotingHistory extends MemoryHistory {
  readonly #events: string[];

  constructor(events: string[]) {
    super();
    this.#events = events;
  }

  override append(channel: string, drafts: readonly Draft[], retention: Retention, now: number): Publication[] {
    this.#events.push(...drafts.map(({ data }) => `append ${data}`));
    return super.append(channel, drafts, retention, now);
  }
}

function createJournal() {
  const events: string[] = [];
  const port = new ManualPort();
  const store = new NotingHistory(events);
  const idempotency = new MemoryIdempotency();
  const journal = new Journal({ history: store, idempotency }, port);
  const write = (data: string, channel = 'a', onWritten: (publication: Publication | null) => void = () => {}) =>
    journal.write({
      channel,
      draft: { data, json: false, publisher: null, tags: null },
      retention: { size: 100, ttlMs: 1000 },
      onWritten(publication) {
        events.push(`written ${channel}${publication?.offset} ${publication?.data}`);
        onWritten(publication);
      },
    });
  const writeOnce = (data: string, key: string, changes: { channel?: string; retention?: Retention | null } = {}) =>
    journal.write({
      channel: 'a',
      draft: { data, json: false, publisher: null, tags: null },
      retention: { size: 100, ttlMs: 1000 },
      once: { key, onKnown: (offset) => events.push(`known at ${offset}`) },
      onWritten: (publication) => events.push(`written ${publication?.offset} ${publication?.data}`),
      ...changes,
    });
  return { port, store, events, idempotency, write, writeOnce };
}

/** What the journal does with one entry. */
const both = (data: string, place: string) => [`append ${data}`, `written ${place} ${data}`];

describe('a quiet journal', () => {
  it('writes at once', () => {
    const { events, write } = createJournal();
    write('1');
    expect(events).toEqual(both('1', 'a1'));
  });

  it('is quiet again one turn after its last batch, and asks for no turn then', () => {
    const { port, events, write } = createJournal();
    write('1');
    expect([port.turn(), port.turn()]).toEqual([true, false]);
    write('2');
    expect(events).toEqual([...both('1', 'a1'), ...both('2', 'a2')]);
  });
});

describe('a busy journal', () => {
  it('writes nothing before the turn, and then everything together and in order', () => {
    const { port, events, write } = createJournal();
    for (const data of ['1', '2', '3', '4']) write(data);
    expect(events).toEqual(both('1', 'a1'));
    port.turn();
    expect(events.slice(2)).toEqual([...both('2', 'a2'), ...both('3', 'a3'), ...both('4', 'a4')]);
  });

  it('lets what comes after a batch wait for the turn after that', () => {
    const { port, events, write } = createJournal();
    write('1');
    write('2');
    port.turn();
    write('3');
    expect(events).not.toContain('append 3');
    port.turn();
    expect(events.slice(-2)).toEqual(both('3', 'a3'));
    port.settle();
    expect(events).toHaveLength(6);
  });

  it('asks for one turn per batch, however much waits', () => {
    const { port, write } = createJournal();
    for (let i = 0; i < 50; i++) write(String(i));
    expect([port.turn(), port.turn(), port.turn()]).toEqual([true, true, false]);
  });

  it('numbers each channel by itself, in the order in which it was published', () => {
    const { port, events, write } = createJournal();
    for (const [data, channel] of ['1a', '2b', '3a', '4b', '5a'].map((text) => [text, text.slice(1)])) {
      write(String(data), channel);
    }
    port.settle();
    expect(events.filter((event) => event.startsWith('written'))).toEqual([
      'written a1 1a',
      'written b1 2b',
      'written a2 3a',
      'written b2 4b',
      'written a3 5a',
    ]);
  });

  it('writes an entry that is made while another is told of, after those that wait already', () => {
    const { port, events, write } = createJournal();
    write('1', 'a', () => write('1.1'));
    expect(events).not.toContain('append 1.1');
    write('2');
    port.settle();
    expect(events.filter((event) => event.startsWith('append'))).toEqual(['append 1', 'append 1.1', 'append 2']);
  });

  it('goes on for ever with an entry that is followed by another, one per turn', () => {
    const { port, store, write } = createJournal();
    const again = (count: number) => () => {
      if (count > 0) write('again', 'a', again(count - 1));
    };
    write('first', 'a', again(3));
    expect([1, 2, 3, 4, 5].map(() => port.turn())).toEqual([true, true, true, true, false]);
    expect(store.position('a', 0).offset).toBe(4);
  });
});

describe('who waits for a publication', () => {
  it('is told once it can be read', () => {
    const { port, store, write } = createJournal();
    const readable: boolean[] = [];
    const check = (told: Publication | null) => {
      readable.push(store.read('a', {}, 0).some(({ offset }) => offset === told?.offset));
    };
    for (const data of ['1', '2', '3']) write(data, 'a', check);
    port.settle();
    expect(readable).toEqual([true, true, true]);
  });

  it('is told of it as it was written: with its place, and the time of its writing', () => {
    const { port, store, write } = createJournal();
    const told: (Publication | null)[] = [];
    write('1', 'a', (publication) => told.push(publication));
    write('2', 'a', (publication) => told.push(publication));
    port.time = 7;
    port.settle();
    expect(told.map((publication) => [publication?.offset, publication?.time])).toEqual([
      [1, 0],
      [2, 7],
    ]);
    expect(store.read('a', {}, 7)).toEqual(told);
  });
});

it('asks to be woken when what it writes expires, counted from the writing', () => {
  const { port, write } = createJournal();
  write('1');
  write('2');
  port.time = 300;
  port.settle();
  expect(port.wakeUps).toEqual([1000, 1300]);
});

describe('an entry with an idempotency key', () => {
  it('is written, and another with the same key is told where it stands', () => {
    const { port, events, store, writeOnce } = createJournal();
    for (const data of ['1', '2', '3']) writeOnce(data, data === '3' ? 'other' : 'k');
    port.settle();
    expect(events).toEqual(['append 1', 'written 1 1', 'known at 1', 'append 3', 'written 2 3']);
    expect(store.read('a', {}, 0)).toHaveLength(2);
  });

  it('does not slip through while what had the key first waits in the same batch', () => {
    const { port, events, write, writeOnce } = createJournal();
    write('0');
    writeOnce('1', 'k');
    writeOnce('2', 'k');
    port.settle();
    expect(events.slice(2)).toEqual(['append 1', 'written 2 1', 'known at 2']);
  });

  it('is written without a place where its channel keeps nothing, once too', () => {
    const { port, events, writeOnce } = createJournal();
    for (const data of ['1', '2']) writeOnce(data, 'k', { retention: null });
    writeOnce('3', 'k', { retention: null, channel: 'b' });
    port.settle();
    expect(events).toEqual(['written 0 1', 'known at 0', 'written 0 3']);
  });

  it('is remembered for five minutes, counted from the writing', () => {
    const { port, events, writeOnce } = createJournal();
    writeOnce('1', 'k', { retention: null });
    expect(port.wakeUps).toEqual([IDEMPOTENCY_TTL_MS]);
    for (const [time, data] of [
      [IDEMPOTENCY_TTL_MS - 1, '2'],
      [IDEMPOTENCY_TTL_MS, '3'],
      [IDEMPOTENCY_TTL_MS + 1, '4'],
    ] as const) {
      port.settle();
      port.time = time;
      writeOnce(data, 'k', { retention: null });
    }
    expect(events).toEqual(['written 0 1', 'known at 0', 'written 0 3', 'known at 0']);
  });

  it('that could not be written leaves its key to the next', () => {
    const { port, events, store, writeOnce } = createJournal();
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.spyOn(store, 'append').mockImplementationOnce(() => {
      throw new Error('the disk is full');
    });
    writeOnce('1', 'k');
    writeOnce('2', 'k');
    port.settle();
    expect(events).toEqual(['written undefined undefined', 'append 2', 'written 1 2']);
    log.mockRestore();
  });

  it('whose key can not be looked for is told so, and costs nobody else theirs', () => {
    const { port, events, idempotency, write, writeOnce } = createJournal();
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.spyOn(idempotency, 'find').mockImplementationOnce(() => {
      throw new Error('the disk is gone');
    });
    writeOnce('1', 'k');
    write('2');
    port.settle();
    expect(events).toEqual(['written undefined undefined', ...both('2', 'a1')]);
    log.mockRestore();
  });
});
