import { describe, expect, it } from 'vitest';
import { Members } from '../../../src/room/members.ts';
import { type AdmissionChanges, createAdmission } from '../../support/admission.ts';
import { createMember } from '../../support/members.ts';

const user = (userId: string): AdmissionChanges => ({ identity: { userId, claims: {} } });

function createMembers(...all: AdmissionChanges[]) {
  const members = new Members();
  const connections = all.map((changes) => createMember(changes).connection);
  for (const connection of connections) members.add(connection);
  return { members, connections, ids: connections.map(({ record }) => record.id) };
}

describe('those who are meant', () => {
  it('are all connections of a user, and nobody without a name', () => {
    const { members, connections } = createMembers(user('ada'), user('ben'), {}, user('ada'));
    expect(members.find({ userId: 'ada' })).toEqual([connections[0], connections[3]]);
    expect(members.find({ userId: '' })).toEqual([]);
  });

  it('are the one connection of an id', () => {
    const { members, connections, ids } = createMembers(user('ada'), {});
    expect(members.find({ connectionId: ids[1] })).toEqual([connections[1]]);
    expect(members.find({ connectionId: 'ada' })).toEqual([]);
  });

  it('are nobody where it is not said who', () => {
    expect(createMembers({}, user('ada')).members.find({})).toEqual([]);
  });
});

describe('a connection that is taken away', () => {
  it('is taken away once', () => {
    const { members, connections } = createMembers(user('ada'));
    expect(connections.map((connection) => members.delete(connection))).toEqual([true]);
    expect(connections.map((connection) => members.delete(connection))).toEqual([false]);
    expect(members.size).toBe(0);
  });

  it('gives back one place of its user and address, however often it goes', () => {
    const changes = {
      ...user('ada'),
      address: '192.0.2.1',
      limits: { maxConnectionsPerUser: 2, maxConnectionsPerAddress: 2 },
    };
    const { members, connections } = createMembers(changes, changes, changes);
    for (const connection of [connections[0], connections[0]]) if (connection) members.delete(connection);
    expect(members.check(createAdmission(changes))?.code).toBe('ERR_TOO_MANY_CONNECTIONS');
    if (connections[1]) members.delete(connections[1]);
    expect(members.check(createAdmission(changes))).toBeNull();
  });

  it('is not listed any more', () => {
    const { members, connections, ids } = createMembers({}, {}, {});
    if (connections[1]) members.delete(connections[1]);
    expect(members.list().map(({ id }) => id)).toEqual([ids[0], ids[2]]);
  });
});

describe('a room', () => {
  it('counts against the limits of who comes, not of those who are there', () => {
    const { members } = createMembers({ limits: { maxConnections: 1 } });
    expect(members.check(createAdmission())).toBeNull();
    expect(members.check(createAdmission({ limits: { maxConnections: 1 } }))?.code).toBe('ERR_ROOM_FULL');
  });

  it('is full before one user has too many connections in it', () => {
    const { members } = createMembers(user('ada'));
    const limits = { maxConnections: 1, maxConnectionsPerUser: 1 };
    expect(members.check(createAdmission({ ...user('ada'), limits }))?.code).toBe('ERR_ROOM_FULL');
  });
});

describe('the next expiry', () => {
  it.each<[string, (number | null)[], number | null]>([
    ['nobody', [], null],
    ['nobody who expires', [null, null], null],
    ['several', [3000, null, 1000, 2000], 1000],
    ['one that expired at the very beginning', [0, 5], 0],
  ])('of %s', (_, times, expected) => {
    expect(createMembers(...times.map((expiresAt) => ({ expiresAt }))).members.nextExpiry).toBe(expected);
  });

  it('does not count who has left', () => {
    const { members, connections } = createMembers({ expiresAt: 1000 }, { expiresAt: 2000 });
    if (connections[0]) members.delete(connections[0]);
    expect(members.nextExpiry).toBe(2000);
  });
});

it('finds whose time is over, from the very millisecond on', () => {
  const { members, connections } = createMembers({ expiresAt: 1000 }, { expiresAt: null }, { expiresAt: 1001 });
  expect(members.expiredBy(999)).toEqual([]);
  expect(members.expiredBy(1000)).toEqual([connections[0]]);
  expect(members.expiredBy(1001)).toEqual([connections[0], connections[2]]);
});
