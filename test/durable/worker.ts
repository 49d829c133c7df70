/** The router as it is deployed, with plug-ins of the tests beside its own. */

import * as router from '../../src/index.ts';
import plugins from '../../src/plugins.ts';
import { probe } from '../support/probe.ts';

export { TunnelObject } from '../../src/index.ts';
export default router.default;

export class RoomObject extends router.RoomObject {
  protected override get plugins() {
    return [...plugins, probe];
  }
}
