import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../scripts/bench/options.ts';

/** What a command line chooses, by name. */
function chosen(...args: string[]) {
  const options = parseOptions(args);
  if (options === null) return null;
  return { suite: options.suite, cases: options.cases.map(({ name }) => name), servers: options.contenders };
}

describe('the command line of the benchmark', () => {
  it('runs rooms of bare sockets on all servers, but for the largest', () => {
    expect(chosen()).toEqual({
      suite: 'room',
      cases: ['10', '100', '1000', 'connections'],
      servers: ['signalbox', 'barest', 'partyserver', 'node-ws'],
    });
  });

  it("runs Centrifugo's protocol on those that have something to compare", () => {
    expect(chosen('--suite', 'centrifugo')).toEqual({
      suite: 'centrifugo',
      cases: ['1000', 'recovery', 'publishing'],
      servers: ['signalbox', 'barest'],
    });
  });

  it('runs proxies on all that are one', () => {
    expect(chosen('--suite', 'proxy')).toEqual({
      suite: 'proxy',
      cases: ['small', 'bulk', 'upgrades'],
      servers: ['signalbox', 'inspected', 'barest', 'nginx', 'haproxy'],
    });
  });

  it('runs tunnels on all that are one', () => {
    expect(chosen('--suite', 'tunnel')).toEqual({
      suite: 'tunnel',
      cases: ['small-1', 'small-50', 'to-16', 'to-256', 'from', 'both-16', 'both-256'],
      servers: ['signalbox', 'acknowledged', 'barest', 'lighttpd', 'websockify'],
    });
  });

  it('runs the largest rooms where they are asked for, by flag or by name', () => {
    expect(chosen('--large')?.cases).toEqual(['10', '100', '1000', '5000', 'connections']);
    expect(chosen('--suite', 'centrifugo', '--case', '5000')?.cases).toEqual(['5000']);
  });

  it('keeps its own order of cases and servers', () => {
    expect(chosen('--case', 'connections,10', '--server', 'barest,signalbox')).toEqual({
      suite: 'room',
      cases: ['10', 'connections'],
      servers: ['signalbox', 'barest'],
    });
  });

  it('asks only servers that can do one of the cases', () => {
    expect(chosen('--suite', 'centrifugo', '--case', 'recovery')?.servers).toEqual(['signalbox']);
  });

  it('is shorter and smaller with --quick, unless something else is said', () => {
    const quick = { seconds: 0.3, inFlight: 1, idle: 1000, returning: 100 };
    expect(parseOptions(['--quick'])).toMatchObject({ repeats: 1, settings: quick });
    expect(parseOptions(['--quick', '--seconds', '2'])?.settings).toEqual({ ...quick, seconds: 2 });
  });

  it('asks for help', () => {
    expect(chosen('--help', '--suite', 'room')).toBeNull();
  });

  it.each([
    [['--suite', 'pusher'], '--suite knows no "pusher", only room, centrifugo, proxy, tunnel, grip, sp, plugin'],
    [['--suite', 'room,centrifugo'], '--suite takes one of room, centrifugo, proxy, tunnel, grip, sp, plugin'],
    [['--case', 'recovery'], '--case knows no "recovery", only 10, 100, 1000, 5000, connections'],
    [['--suite', 'centrifugo', '--server', 'node-ws'], '--server knows no "node-ws", only signalbox, barest'],
    [['--repeats', '0'], '--repeats must be a number above 0, up to 100, not "0"'],
    [['--seconds', 'ten'], '--seconds must be a number above 0, up to 60, not "ten"'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(new Error(message));
  });
});
