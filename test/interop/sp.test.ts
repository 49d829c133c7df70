/** nanomsg and nng in one room: each program with itself and with the other, for every pattern. */
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { arrived, describeWithSp, join, start } from '../support/sp-interop.ts';
import { PAIRINGS, SP_PROGRAMS } from '../support/sp-programs.ts';

/** What a socket sends, and every second again: so it does not matter which of two is there first. */
const saying = (data: string) => ['-D', data, '-i', '1'];

describeWithSp('sockets of nanomsg and nng', () => {
  it.each(PAIRINGS)('%s answers what %s asks', async (one, other) => {
    start(one, 'rep', '-D', 'answer');
    await arrived(1);
    await start(other, 'req', '-D', 'question').until('answer');
  });

  it.each(PAIRINGS)('%s comes late, and answers what %s has asked', async (one, other) => {
    const req = start(other, 'req', '-D', 'question');
    await arrived(1);
    const rep = start(one, 'rep', '-D', 'answer');
    await Promise.all([rep.until('question'), req.until('answer')]);
  });

  it.each(PAIRINGS)('%s answers what another one that left was asked by %s', async (one, other) => {
    const silent = await join('req.sp.nanomsg.org');
    const req = start(other, 'req', '-D', 'question');
    await once(silent, 'message');
    start(one, 'rep', '-D', 'answer');
    await arrived(3);
    silent.terminate();
    await req.until('answer');
  });

  it.each(PAIRINGS)('%s takes part in what %s surveys', async (one, other) => {
    start(one, 'respondent', '-D', 'here');
    await arrived(1);
    await start(other, 'surveyor', ...saying('who')).until('here');
  });

  it.each(SP_PROGRAMS)('%s takes no answer that comes after its next survey', async (program) => {
    const late = await join('surveyor.sp.nanomsg.org');
    const surveyor = start(program, 'surveyor', ...saying('who'));
    const [first] = (await once(late, 'message')) as [Buffer];
    const [second] = (await once(late, 'message')) as [Buffer];
    // The way back are the ids of a pipe and of a survey.
    late.send(Buffer.concat([first.subarray(0, 8), Buffer.from('late')]));
    late.send(Buffer.concat([second.subarray(0, 8), Buffer.from('in time')]));
    expect(await surveyor.hear()).toBe('in time');
    late.terminate();
  });

  it.each(PAIRINGS)('%s hears what %s publishes, and the publisher nothing', async (one, other) => {
    const all = start(one, 'sub');
    const some = start(one, 'sub', '--subscribe', 'b');
    await arrived(2);
    const pub = start(other, 'pub', ...saying('abc'));
    const second = start(other, 'pub', ...saying('bcd'));
    await Promise.all([all.until('abc'), some.until('bcd')]);
    expect([pub.running, second.running]).toEqual([true, true]);
  });

  it.each(PAIRINGS)('%s pulls what %s pushes, also what it pushed before', async (one, other) => {
    start(other, 'push', ...saying('work'));
    await arrived(1);
    await start(one, 'pull').until('work');
  });

  it.each(PAIRINGS)('%s and %s talk in a pair', async (one, other) => {
    const [a, b] = [start(one, 'pair', ...saying('from a')), start(other, 'pair', ...saying('from b'))];
    await Promise.all([a.until('from b'), b.until('from a')]);
  });

  it.each(PAIRINGS)('%s and %s talk on a bus, and no member hears itself', async (one, other) => {
    const [a, b] = [start(one, 'bus', ...saying('from a')), start(other, 'bus', ...saying('from b'))];
    for (const line of [await a.hear(), await a.hear()]) expect(line).toBe('from b');
    for (const line of [await b.hear(), await b.hear()]) expect(line).toBe('from a');
  });

  it('a socket of PAIR1 talks to another one, and to one of the first version', async () => {
    const [a, b] = [start('nngcat', 'pair1', ...saying('one')), start('nngcat', 'pair1', ...saying('two'))];
    await Promise.all([a.until('two'), b.until('one')]);
    const old = start('nanocat', 'pair', ...saying('old'));
    await Promise.all([a.until('old'), old.until('one')]);
  });

  it('a third socket of a pair waits for a place, and no program ends meanwhile', async () => {
    const a = start('nanocat', 'pair');
    await arrived(1);
    const b = start('nngcat', 'pair');
    await arrived(2);
    const third = start('nanocat', 'pair', ...saying('third'));
    await arrived(3);
    await b.stop();
    await a.until('third');
    expect(third.running).toBe(true);
  });
});
