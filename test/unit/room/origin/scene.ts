import type { OriginListener } from '../../../../src/room/origin/ports.ts';
import { Upstream } from '../../../../src/room/origin/upstream.ts';
import type { Message } from '../../../../src/room/ports.ts';
import { createOriginSettings, ManualOrigin } from '../../../support/manual-origin.ts';

/** A room's connection to an origin, and what the room was told of it. */
export class Scene {
  readonly origin: ManualOrigin;
  readonly heard: (Message | { state: string })[] = [];
  readonly upstream: Upstream;

  constructor(origin = new ManualOrigin(), changes: Parameters<typeof createOriginSettings>[0] = {}) {
    this.origin = origin;
    const listener: OriginListener = {
      message: (message) => this.heard.push(message),
      state: (state) => this.heard.push({ state }),
    };
    this.upstream = new Upstream(origin, createOriginSettings(changes), listener);
  }

  /** The origin is there, and somebody wants it. */
  static up(changes = {}): Scene {
    const scene = new Scene(undefined, changes);
    scene.upstream.want();
    scene.origin.last.accept();
    return scene;
  }

  /** The same room after it slept. */
  awake(): Scene {
    return new Scene(new ManualOrigin(this.origin.world, this.origin.kept));
  }

  get dials(): number {
    return this.origin.dialled.length;
  }

  /** The time that was asked for last. */
  get nextWake(): number {
    return this.origin.world.wakeUps.at(-1) ?? Number.POSITIVE_INFINITY;
  }

  passTo(time: number): void {
    this.origin.world.time = time;
    this.upstream.wake();
  }
}

export const UP = { state: 'up' };
export const DOWN = { state: 'down' };
