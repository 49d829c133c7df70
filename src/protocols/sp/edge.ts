import { type Namespaces, optionsOf } from '../../config/channels.ts';
import { Rejected } from '../../config/errors.ts';
import type { Admission } from '../../room/connection.ts';
import { DEFAULT_CHANNEL } from '../../room/hub.ts';
import { rightsOf } from './rights.ts';

/**
 * Whether somebody may come in as what they are; null where they may. A socket that can do nothing in a room would wait
 * there for ever, so it is refused while it can still be told.
 */
export function checkRole({ role, grants }: Admission, namespaces: Namespaces): Rejected | null {
  if (role === undefined) return null;
  const { speaks, hears } = rightsOf(role, grants, optionsOf(namespaces, DEFAULT_CHANNEL));
  return speaks || hears ? null : new Rejected('ERR_PERMISSION_DENIED');
}
