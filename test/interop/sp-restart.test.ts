/** Sockets of nanomsg and nng while the router is killed and started again. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, type Program } from '../support/programs.ts';
import { startPatientHaproxy } from '../support/reverse-proxies.ts';
import { arrived, describeWithSp, join, router, startAt } from '../support/sp-interop.ts';
import { PAIRINGS, SP_PROGRAMS, type SpProgram } from '../support/sp-programs.ts';

const haproxy = findProgram('haproxy', 'haproxy');

/** A request that nobody has answered is asked again, and somebody who came back answers it. */
async function asksAgain(port: number, one: SpProgram, other: SpProgram): Promise<void> {
  const silent = await join('req.sp.nanomsg.org');
  const req = startAt(port, other, 'req', '-D', 'question');
  await once(silent, 'message');
  const rep = startAt(port, one, 'rep', '-D', 'answer');
  await arrived(3);
  await router.restart();
  await Promise.all([rep.until('question'), req.until('answer')]);
}

/** Sockets go on to say and to hear. A page is told and tells, so that none of it can be of before. */
async function goesOn(port: number, program: SpProgram): Promise<void> {
  const hearing = ['sub', 'pair', 'bus'].map((role) => startAt(port, program, role));
  startAt(port, program, 'pub', '-D', 'published', '-i', '1');
  await arrived(4);
  await router.restart();
  await arrived(4);
  const page = await join();
  page.send('from the page');
  await Promise.all(hearing.map((socket) => socket.until('from the page')));
  expect(String((await once(page, 'message'))[0])).toBe('published');
  page.terminate();
}

describeWithSp('after the router was killed', () => {
  it('nngcat answers what nngcat asks again', () => asksAgain(router.port, 'nngcat', 'nngcat'));

  it('nngcat publishes and hears', () => goesOn(router.port, 'nngcat'));

  // A socket of nanomsg dials again at once, and then meets a port that may be open still, and closes before it answers.
  describe.skipIf(haproxy === null)('behind a proxy that holds back who comes meanwhile', () => {
    let proxy: Program;
    beforeAll(async () => {
      proxy = await startPatientHaproxy(haproxy as string, router.port);
    });
    afterAll(() => proxy?.stop());

    it.each(PAIRINGS)('%s answers what %s asks again', (one, other) => asksAgain(proxy.port, one, other));

    it.each(SP_PROGRAMS)('%s publishes and hears', (program) => goesOn(proxy.port, program));
  });
});
