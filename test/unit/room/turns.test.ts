import { describe, expect, it } from 'vitest';
import { inTurn } from '../../../src/room/turns.ts';
import { createMember } from '../../support/members.ts';

describe('what is to be done for a connection', () => {
  it('is done at once where nothing is going on', () => {
    const { connection } = createMember();
    const done: number[] = [];
    expect(inTurn(connection, () => void done.push(1))).toBeUndefined();
    expect([done, connection.busy]).toEqual([[1], null]);
  });

  it('waits for all that was begun before, in that order', async () => {
    const { connection } = createMember();
    const done: number[] = [];
    const first = Promise.withResolvers<void>();
    const work = [
      inTurn(connection, () => first.promise.then(() => void done.push(1))),
      inTurn(connection, () => void done.push(2)),
      inTurn(connection, async () => void done.push(3)),
      inTurn(connection, () => void done.push(4)),
    ];
    expect(done).toEqual([]);
    first.resolve();
    await Promise.all(work);
    expect([done, connection.busy]).toEqual([[1, 2, 3, 4], null]);
    expect(inTurn(connection, () => void done.push(5))).toBeUndefined();
  });

  it('does not wait for other connections', () => {
    const [ada, ben] = [createMember().connection, createMember().connection];
    void inTurn(ada, () => new Promise(() => {}));
    const done: string[] = [];
    expect(inTurn(ben, () => void done.push('ben'))).toBeUndefined();
    expect(done).toEqual(['ben']);
  });

  it('gives back what goes wrong', async () => {
    const { connection } = createMember();
    expect(() => {
      inTurn(connection, () => {
        throw new Error('at once');
      });
    }).toThrow('at once');
    await expect(inTurn(connection, () => Promise.reject(new Error('later')))).rejects.toThrow('later');
    expect(connection.busy).toBeNull();
  });
});
