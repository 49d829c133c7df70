import { definePlugin } from '../../plugin/plugin.ts';

/** Sends each message back as it came: text as text, bytes as bytes. */
export default definePlugin({
  name: 'echo',

  onMessage(connection, message) {
    connection.send(message);
  },
});
