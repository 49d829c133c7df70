/** Clients of the plug-in that tests have beside the router's own. */
import { DEFAULT_NAMESPACES } from '../../src/config/channels.ts';
import { requestRoom, settingsText } from '../../src/platform/stub.ts';
import { type AdmissionChanges, createAdmission } from '../support/admission.ts';
import { ask, Client, ROOM } from './client.ts';

export const SETTINGS = { application: { kind: 'plugin', name: 'probe' } } as const;

const PATH = 'https://example.com/probe';

/** Asks the plug-in for a connection. */
export function askPlugin(room: string, query = '', changes: AdmissionChanges = {}, headers: HeadersInit = {}) {
  const asked = new Request(PATH + query, { headers });
  return ask(room, { protocol: 'application', ...changes }, null, SETTINGS, asked);
}

/** A connection to the plug-in, which has said hello. */
export async function open(room: string, query = '', changes: AdmissionChanges = {}): Promise<Client> {
  const { status, webSocket } = await askPlugin(room, query, changes);
  if (!webSocket) throw new Error(`The room answered ${status}`);
  const client = new Client(webSocket);
  for (const _ of ['hello', 'second']) await client.next();
  return client;
}

/** A Centrifugo client of the same room, which has said hello. */
export async function openCentrifugo(room: string): Promise<Client> {
  const { webSocket } = await ask(room, { protocol: 'centrifugo' }, null, SETTINGS);
  if (!webSocket) throw new Error('The room did not answer with a socket');
  const client = new Client(webSocket);
  client.send('{"id":1,"connect":{}}');
  await client.next();
  return client;
}

/** Asks the plug-in over HTTP. */
export function request(room: string, query = '', init: RequestInit = {}): Promise<Response> {
  const settings = settingsText({ namespaces: DEFAULT_NAMESPACES, tokens: null, ...SETTINGS });
  const admission = createAdmission({ protocol: 'application' });
  return requestRoom(ROOM, room, { admission, once: null }, settings, new Request(PATH + query, init));
}
