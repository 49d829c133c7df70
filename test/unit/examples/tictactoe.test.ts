import { describe, expect, it } from 'vitest';
import {
  attend,
  type Game,
  Illegal,
  type Mark,
  markOf,
  move,
  NEW_GAME,
  nextFree,
  outcomeOf,
  rematch,
  SEAT_MS,
  sit,
  turnOf,
  viewOf,
} from '../../../src/examples/tictactoe/rules.ts';

const ADA = 'ada-token';
const BEN = 'ben-token';
const EVE = 'eve-token';

function legal(game: Game | Illegal): Game {
  if (game instanceof Illegal) throw new Error(game.detail);
  return game;
}

function codeOf(game: Game | Illegal): string | null {
  return game instanceof Illegal ? game.code : null;
}

/** A game of Ada, who has X, and Ben. */
const SEATED = legal(sit(legal(sit(NEW_GAME, ADA)), BEN));

/** What it comes to when the two move in turn. */
function played(cells: number[], game = SEATED): Game {
  return cells.reduce((before, cell) => {
    const { player } = before.seats[turnOf(before)] ?? { player: null };
    return legal(move(before, player, cell));
  }, game);
}

/** A board as it is drawn. */
function board(drawn: string, first: Mark = 'X'): Game {
  const cells = [...drawn].map((cell) => (cell === 'X' || cell === 'O' ? cell : null));
  return { ...SEATED, cells, first };
}

describe('an outcome', () => {
  it.each([
    ['XXX......', 'X', [0, 1, 2]],
    ['...OOO...', 'O', [3, 4, 5]],
    ['......XXX', 'X', [6, 7, 8]],
    ['O..O..O..', 'O', [0, 3, 6]],
    ['.X..X..X.', 'X', [1, 4, 7]],
    ['..O..O..O', 'O', [2, 5, 8]],
    ['X...X...X', 'X', [0, 4, 8]],
    ['..O.O.O..', 'O', [2, 4, 6]],
    // A full board is still a win.
    ['XOXOXOOXX', 'X', [0, 4, 8]],
  ])('of %s is a win of %s', (drawn, winner, line) => {
    expect(outcomeOf(board(drawn))).toEqual({ winner, line });
  });

  it('of a full board without a line is a draw', () => {
    expect(outcomeOf(board('XOXXOOOXX'))).toEqual({ winner: null, line: [] });
  });

  it.each(['.........', 'XX.OO....', 'XOXXOOOX.'])('of %s is none yet', (drawn) => {
    expect(outcomeOf(board(drawn))).toBeNull();
  });
});

describe('a seat', () => {
  it('goes to the first two who sit down', () => {
    expect([markOf(SEATED, ADA), markOf(SEATED, BEN), markOf(SEATED, EVE)]).toEqual(['X', 'O', null]);
  });

  it.each([
    ['who already has one', ADA, 'ERR_SEATED'],
    ['where both are taken', EVE, 'ERR_SEATS_TAKEN'],
    ['who has no token', null, 'ERR_NO_PLAYER'],
  ])('is refused to somebody %s', (_, player, code) => {
    expect(codeOf(sit(SEATED, player))).toBe(code);
  });

  it('is kept for a player who is away for less than a minute, and comes back', () => {
    const begun = played([4]);
    const away = attend(begun, (player) => player === ADA, 1_000);
    expect(nextFree(away)).toBe(1_000 + SEAT_MS);
    expect(viewOf(away, ADA).seats).toEqual({ X: 'here', O: 'away' });
    const late = attend(away, (player) => player === ADA, 1_000 + SEAT_MS - 1);
    expect(late).toEqual(away);
    const back = attend(late, () => true, 1_000 + SEAT_MS);
    expect(back).toEqual(begun);
    expect(nextFree(back)).toBeNull();
  });

  it('is free after a minute, and the next game begins on an empty board', () => {
    const away = attend(played([4]), (player) => player === ADA, 1_000);
    const left = attend(away, (player) => player === ADA, 1_000 + SEAT_MS);
    expect(left.seats).toEqual({ X: { player: ADA, awaySince: null }, O: null });
    expect(left.cells).toEqual(NEW_GAME.cells);
    expect(nextFree(left)).toBeNull();
    expect(markOf(legal(sit(left, EVE)), EVE)).toBe('O');
  });

  it('is freed in its own time where both are away', () => {
    const first = attend(SEATED, (player) => player === BEN, 1_000);
    const both = attend(first, () => false, 5_000);
    expect(nextFree(both)).toBe(1_000 + SEAT_MS);
    const one = attend(both, () => false, 1_000 + SEAT_MS);
    expect([one.seats.X, nextFree(one)]).toEqual([null, 5_000 + SEAT_MS]);
  });
});

describe('a move', () => {
  it('puts a mark, and passes the turn', () => {
    const game = legal(move(SEATED, ADA, 4));
    expect(game.cells).toEqual([null, null, null, null, 'X', null, null, null, null]);
    expect(turnOf(game)).toBe('O');
  });

  it.each([
    ['out of turn', SEATED, BEN, 0, 'ERR_NOT_YOUR_TURN'],
    ['to a cell that is taken', played([4]), BEN, 4, 'ERR_CELL_TAKEN'],
    ['to a cell that is not on the board', SEATED, ADA, 9, 'ERR_CELL_TAKEN'],
    ['of who only watches', SEATED, EVE, 0, 'ERR_NOT_SEATED'],
    ['of who has no token', SEATED, null, 0, 'ERR_NOT_SEATED'],
    ['against nobody', legal(sit(NEW_GAME, ADA)), ADA, 0, 'ERR_ALONE'],
    ['after the end', played([0, 3, 1, 4, 2]), BEN, 8, 'ERR_GAME_OVER'],
  ])('%s is refused', (_, game, player, cell, code) => {
    const before = structuredClone(game);
    expect(codeOf(move(game, player, cell))).toBe(code);
    expect(game).toEqual(before);
  });

  it('can be made while the other player is away', () => {
    const away = attend(SEATED, (player) => player === ADA, 1_000);
    expect(codeOf(move(away, ADA, 4))).toBeNull();
  });
});

describe('a rematch', () => {
  it('empties the board, and lets the other one begin', () => {
    const again = legal(rematch(played([0, 3, 1, 4, 2]), BEN));
    expect([again.cells, turnOf(again)]).toEqual([NEW_GAME.cells, 'O']);
    expect(turnOf(played([0], again))).toBe('X');
  });

  it('is refused while the game goes on, and to who only watches', () => {
    expect(codeOf(rematch(played([0]), ADA))).toBe('ERR_GAME_ON');
    expect(codeOf(rematch(played([0, 3, 1, 4, 2]), EVE))).toBe('ERR_NOT_SEATED');
  });
});

describe('a view', () => {
  it('says who may move, and what one plays', () => {
    expect(viewOf(played([4]), BEN)).toEqual({
      you: 'O',
      cells: [null, null, null, null, 'X', null, null, null, null],
      turn: 'O',
      outcome: null,
      seats: { X: 'here', O: 'here' },
    });
  });

  it('of a game that is over has nobody move', () => {
    const { turn, outcome } = viewOf(played([0, 3, 1, 4, 2]), null);
    expect([turn, outcome]).toEqual([null, { winner: 'X', line: [0, 1, 2] }]);
  });

  it('tells nobody what players are known by', () => {
    for (const player of [ADA, BEN, EVE, null]) expect(JSON.stringify(viewOf(SEATED, player))).not.toContain('token');
  });
});
