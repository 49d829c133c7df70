/** How one of several upstreams is chosen: from candidates that can all take the connection, in the order of the table. */
import type { Upstream } from '../config/bridge.ts';
import { fraction } from './hash.ts';

/** An upstream, and what of it the policies go by. */
export interface Candidate extends Upstream {
  /** Connections that it has. */
  open: number;
  /** How much of a turn is owed to it: `roundRobin` counts here. */
  owed: number;
}

/**
 * One after the other, smoothly by weight: of weights 5, 1 and 1 it makes `aabacaa` and not `aaaaabc`.
 *
 * Each candidate is owed its weight at each turn, and who is owed the most takes it and pays for all.
 */
export function roundRobin<C extends Candidate>(candidates: readonly C[]): C | null {
  for (const candidate of candidates) candidate.owed += candidate.weight;
  const chosen = best(candidates, ({ owed }) => owed);
  if (chosen) chosen.owed -= totalWeight(candidates);
  return chosen;
}

/** By chance, where `random` gives a number from 0 and under 1. */
export function byChance<C extends Candidate>(candidates: readonly C[], random: () => number): C | null {
  let left = random() * totalWeight(candidates);
  for (const candidate of candidates) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  // What rounding leaves over is the last one's.
  return candidates.at(-1) ?? null;
}

/** The fewest connections for its weight; the first listed of equals. */
export function leastConnections<C extends Candidate>(candidates: readonly C[]): C | null {
  return best(candidates, ({ open, weight }) => -open / weight);
}

/**
 * By weighted rendezvous hashing: each candidate draws a lot for the key, and the highest one wins. So a candidate that
 * leaves moves only the keys that it had, and one that comes takes only those that it keeps.
 *
 * -weight / ln(u) is the lot of Schindelhauer and Schomaker, "Weighted Distributed Hash Tables" (SPAA 2005), which gives
 * each candidate a share of the keys in proportion to its weight.
 */
export function byHash<C extends Candidate>(candidates: readonly C[], key: string): C | null {
  return best(candidates, (candidate) => -candidate.weight / Math.log(fraction(candidate.key, key)));
}

/** The candidate with the highest score, the first listed of equals. */
function best<C>(candidates: readonly C[], scoreOf: (candidate: C) => number): C | null {
  let winner: C | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const score = scoreOf(candidate);
    if (score <= highest) continue;
    winner = candidate;
    highest = score;
  }
  return winner;
}

function totalWeight(candidates: readonly Candidate[]): number {
  return candidates.reduce((total, { weight }) => total + weight, 0);
}
