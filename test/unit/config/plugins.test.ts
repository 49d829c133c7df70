import { describe, expect, it } from 'vitest';
import { ConfigError, type KnownPlugin, parseConfig } from '../../../src/config/parse.ts';

const PLUGINS: readonly KnownPlugin[] = [{ name: 'echo' }, { name: 'page', onRequest: () => {} }];

const row = (path: string, target: object = {}) => ({ path, target: { kind: 'room', room: 'lobby', ...target } });

function mistakesIn(routes: object[], plugins = PLUGINS): unknown {
  try {
    return parseConfig({ routes }, plugins).routes.length;
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('a room that names a plug-in', () => {
  it.each([
    ['echo', false],
    ['page', true],
  ])('has it behind it, and answers HTTP where that does: %s', (plugin, answersHttp) => {
    const { routes } = parseConfig({ routes: [row('/a', { plugin })] }, PLUGINS);
    expect(routes[0]?.target).toMatchObject({ application: { kind: 'plugin', name: plugin }, answersHttp });
    expect(routes[0]?.target).not.toHaveProperty('plugin');
  });

  it('must find it', () => {
    expect(mistakesIn([row('/a', { plugin: 'ehco' })])).toEqual([
      { path: 'routes[0].target.plugin', message: 'names no plug-in of src/plugins.ts: there are echo, page' },
    ]);
    expect(mistakesIn([row('/a', { plugin: 'echo' })], [])).toEqual([
      { path: 'routes[0].target.plugin', message: 'names no plug-in of src/plugins.ts: there are none' },
    ]);
  });
});

describe('routes to the same rooms', () => {
  const grip = { kind: 'grip', url: 'http://127.0.0.1:3000/' };

  it.each([
    [{ plugin: 'echo' }, { plugin: 'page' }],
    [{ plugin: 'echo' }, {}],
    [{}, { plugin: 'echo' }],
    [{ plugin: 'echo' }, { origin: 'wss://origin.example' }],
    [{}, { origin: 'wss://origin.example' }],
    [grip, { protocols: ['centrifugo'] }],
    [{ plugin: 'echo' }, grip],
  ])('must have the same behind them: %j, %j', (one, other) => {
    const message =
      'leads to the same rooms as routes[1], so the same plug-in, origin or application server must be behind them';
    const elsewhere = row('/elsewhere', { room: 'other', plugin: 'echo' });
    expect(mistakesIn([elsewhere, row('/a', one), row('/b', other)])).toEqual([{ path: 'routes[2].target', message }]);
    expect(mistakesIn([elsewhere, row('/a', one), row('/b', one)])).toEqual(expect.any(Number));
  });
});

it('two plug-ins must not have one name', () => {
  expect(mistakesIn([row('/a')], [...PLUGINS, { name: 'echo' }])).toEqual([
    { path: 'plugins', message: 'has two with the name "echo"' },
  ]);
});
