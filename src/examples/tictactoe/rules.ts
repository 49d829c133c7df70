/** The rules of the game and of its two seats, as pure functions: a game goes in, and the next one comes out. */

export const MARKS = ['X', 'O'] as const;
export type Mark = (typeof MARKS)[number];

/** Who plays a mark. */
export interface Seat {
  /** What the player is known by. Others who know it could move for it, so nobody is told. */
  readonly player: string;
  /** Milliseconds since 1970; null while the player is there. */
  readonly awaySince: number | null;
}

export interface Game {
  /** The nine cells, row by row. */
  readonly cells: readonly (Mark | null)[];
  /** Who moves first. */
  readonly first: Mark;
  readonly seats: Readonly<Record<Mark, Seat | null>>;
}

/** How a game ended; without a winner it is a draw. */
export interface Outcome {
  readonly winner: Mark | null;
  /** The winner's three cells. */
  readonly line: readonly number[];
}

/** Why something can not be done. */
export class Illegal {
  readonly code: string;
  readonly detail: string;

  constructor(code: string, detail: string) {
    this.code = code;
    this.detail = detail;
  }
}

/** How long the seat of a player who is away is kept. */
export const SEAT_MS = 60_000;

const EMPTY: Game['cells'] = Array(9).fill(null);
export const NEW_GAME: Game = { cells: EMPTY, first: 'X', seats: { X: null, O: null } };

const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

/** Null while it goes on. */
export function outcomeOf({ cells }: Game): Outcome | null {
  const line = LINES.find(([a, b, c]) => cells[a] && cells[a] === cells[b] && cells[b] === cells[c]);
  if (line) return { winner: cells[line[0]] ?? null, line };
  return cells.includes(null) ? null : { winner: null, line: [] };
}

/** Whose turn it is. */
export function turnOf({ cells, first }: Game): Mark {
  return cells.filter((cell) => cell !== null).length % 2 === 0 ? first : other(first);
}

/** What somebody plays; null for who only watches. */
export function markOf({ seats }: Game, player: string | null): Mark | null {
  return MARKS.find((mark) => seats[mark] !== null && seats[mark].player === player) ?? null;
}

/** Takes the first seat that is free. */
export function sit(game: Game, player: string | null): Game | Illegal {
  if (player === null) return new Illegal('ERR_NO_PLAYER', 'to play, connect with ?player= and a token of your own');
  if (markOf(game, player)) return new Illegal('ERR_SEATED', 'you have a seat already');
  const mark = MARKS.find((name) => game.seats[name] === null);
  if (!mark) return new Illegal('ERR_SEATS_TAKEN', 'both seats are taken: watch, or take another room');
  return { ...game, seats: { ...game.seats, [mark]: { player, awaySince: null } } };
}

export function move(game: Game, player: string | null, cell: number): Game | Illegal {
  const mark = markOf(game, player);
  if (mark === null) return notSeated();
  if (game.seats[other(mark)] === null) return new Illegal('ERR_ALONE', 'nobody has taken the other seat yet');
  if (outcomeOf(game)) return new Illegal('ERR_GAME_OVER', 'the game is over: ask for a rematch');
  if (turnOf(game) !== mark) return new Illegal('ERR_NOT_YOUR_TURN', `it is the turn of ${other(mark)}`);
  if (game.cells[cell] !== null) return new Illegal('ERR_CELL_TAKEN', `cell ${cell} is taken, or not on the board`);
  return { ...game, cells: game.cells.with(cell, mark) };
}

/** Begins anew, with the other one first. */
export function rematch(game: Game, player: string | null): Game | Illegal {
  if (markOf(game, player) === null) return notSeated();
  if (!outcomeOf(game)) return new Illegal('ERR_GAME_ON', 'the game is not over yet');
  return { ...game, cells: EMPTY, first: other(game.first) };
}

/** Looks at who is there: notes who is away, and frees a seat that was left too long ago, with a new game. */
export function attend(game: Game, isHere: (player: string) => boolean, now: number): Game {
  const [x, o] = MARKS.map((mark) => attended(game.seats[mark], isHere, now)) as [Seat | null, Seat | null];
  const isLeft = (game.seats.X !== null && x === null) || (game.seats.O !== null && o === null);
  return { ...game, seats: { X: x, O: o }, cells: isLeft ? EMPTY : game.cells };
}

/** When `attend` has a seat to free, unless its player comes back: milliseconds since 1970; null where nobody is away. */
export function nextFree({ seats }: Game): number | null {
  const times = MARKS.map((mark) => seats[mark]?.awaySince ?? Number.POSITIVE_INFINITY);
  const first = Math.min(...times) + SEAT_MS;
  return Number.isFinite(first) ? first : null;
}

/** What somebody may see of a game: everything but what players are known by. */
export function viewOf(game: Game, player: string | null) {
  const outcome = outcomeOf(game);
  const seats = { X: stateOf(game.seats.X), O: stateOf(game.seats.O) };
  return { you: markOf(game, player), cells: game.cells, turn: outcome ? null : turnOf(game), outcome, seats };
}

function stateOf(seat: Seat | null): 'free' | 'here' | 'away' {
  if (seat === null) return 'free';
  return seat.awaySince === null ? 'here' : 'away';
}

function attended(seat: Seat | null, isHere: (player: string) => boolean, now: number): Seat | null {
  if (seat === null || isHere(seat.player)) return seat && { ...seat, awaySince: null };
  const awaySince = seat.awaySince ?? now;
  return now - awaySince >= SEAT_MS ? null : { ...seat, awaySince };
}

function notSeated(): Illegal {
  return new Illegal('ERR_NOT_SEATED', 'you only watch: take a seat first');
}

function other(mark: Mark): Mark {
  return mark === 'X' ? 'O' : 'X';
}
