import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { definePlugin, RpcError } from '../../../src/plugin/plugin.ts';

const onMessage = () => {};

describe('the definition of a plug-in', () => {
  it.each(['', 'a b', 'ä', 'a/b', 'a_b'])('may not have the name "%s"', (name) => {
    expect(() => definePlugin({ name, onMessage })).toThrow(TypeError);
  });

  it('may have a state as large as the limit, and no larger', () => {
    expect(() => definePlugin({ name: 'a', state: 'x'.repeat(4094), onMessage })).not.toThrow();
    expect(() => definePlugin({ name: 'a', state: 'x'.repeat(4095), onMessage })).toThrow(RangeError);
  });

  it.each([399, 2000, Number.NaN, 100])('has no error of an rpc with the code %i', (code) => {
    expect(() => new RpcError(code, 'no')).toThrow(RangeError);
  });

  it('gives its hooks the types that follow from state and message', () => {
    definePlugin({
      name: 'types',
      state: { moves: 0 },
      message: v.object({ cell: v.number() }),
      onConnect(connection, _, room) {
        connection.state = { moves: room.connections().reduce((sum, { state }) => sum + state.moves, 0) };
        // @ts-expect-error: it has no such field
        connection.state.turns;
        return { subprotocol: 'a', tags: ['b'] };
      },
      onMessage(connection, message) {
        const cell: number = message.cell;
        // @ts-expect-error: it is a number
        const text: string = message.cell;
        // @ts-expect-error: it has to be an object of that shape
        connection.state = cell + text;
        // @ts-expect-error: an identity can not be changed
        connection.identity = null;
      },
    });
    definePlugin({
      name: 'defaults',
      onMessage(connection, message) {
        const state: null = connection.state;
        const length = typeof message === 'string' ? message.length : message.byteLength;
        // @ts-expect-error: it may be text
        return [state, length, message.byteLength];
      },
    });
    definePlugin({
      name: 'says-nothing',
      onMessage,
      async onConnect(connection) {
        connection.send('hello');
      },
    });
    // @ts-expect-error: an opening has no such key
    definePlugin({ name: 'opening', onMessage, onConnect: () => ({ protocol: 'a' }) });
    // @ts-expect-error: what takes messages has to be there
    expect(definePlugin({ name: 'nothing' }).name).toBe('nothing');
  });
});
