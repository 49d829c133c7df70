import type { WebSocketRoute } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  collectErrors,
  composer,
  describePage,
  enter,
  enterMocked,
  hasMessages,
  hasState,
  joinRoom,
  messagesOf,
  newPage,
  router,
  say,
  shows,
  styleOf,
} from '../support/chat-page.ts';

describePage('the chat page', () => {
  it('loads without an error, and runs and paints under its own policy', async () => {
    const page = await newPage();
    const errors = collectErrors(page);
    await page.goto(`http://${router.host}/`);
    await hasState(page, 'open');
    expect(await styleOf(page, '#send', 'cursor')).toBe('pointer');
    expect(errors).toEqual([]);
  });

  it('asks nobody but the router for anything', async () => {
    const page = await newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('websocket', (socket) => asked.push(socket.url()));
    await page.goto(`http://${router.host}/`);
    await hasState(page, 'open');
    const own = [`http://${router.host}/`, `ws://${router.host}/rooms/lobby`];
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual(own);
  });

  describe('in a room', () => {
    it('shows a message to the other page, both ways', async () => {
      const [one, two] = [await enter('talk'), await enter('talk')];
      await say(one, 'hello, two');
      await hasMessages(two, ['hello, two']);
      await say(two, 'hello, one');
      await hasMessages(one, ['hello, two', 'hello, one']);
      await shows(one, '#sent', '1');
      await shows(one, '#received', '1');
    });

    it('shows a message under the name of who sent it', async () => {
      const [one, two] = [await enter('names'), await enter('names')];
      await one.getByLabel('Your name').fill('Ada');
      await say(one, 'it is me');
      await shows(two, '#messages .author', 'Ada');
    });

    it('keeps the name when it is loaded again', async () => {
      const page = await enter('kept');
      await page.getByLabel('Your name').fill('Grace');
      await page.getByLabel('Your name').press('Enter');
      await page.reload();
      expect(await page.getByLabel('Your name').inputValue()).toBe('Grace');
    });

    it('counts the pages that are there', async () => {
      const one = await enter('count');
      await shows(one, '#seen', '1');
      const two = await one.context().newPage();
      await two.goto(one.url());
      await shows(one, '#seen', '2');
      await shows(two, '#seen', '2');
      await two.close({ runBeforeUnload: true });
      await shows(one, '#seen', '1');
    });

    it('forgets who went without a word, once the next one comes', async () => {
      const sockets: WebSocketRoute[] = [];
      const page = await enterMocked((socket) => sockets.push(socket));
      await hasState(page, 'open');
      const hear = (type: string, id: string) => sockets[0]?.send(JSON.stringify({ type, id, name: id }));
      sockets[0]?.send('pong');
      hear('here', 'lost');
      hear('here', 'there');
      await shows(page, '#seen', '3');
      await page.clock.runFor(1_000);
      hear('hello', 'next');
      hear('here', 'there');
      await page.getByText('next came in').waitFor();
      await shows(page, '#seen', '4');
      await page.clock.runFor(10_000);
      await shows(page, '#seen', '3');
      await page.getByText('lost left').waitFor();
    });

    it('shows nothing of another room', async () => {
      const [here, there] = [await enter('here'), await enter('there')];
      const [herald, stranger] = [await joinRoom('here'), await joinRoom('there')];
      stranger.send('not for here');
      await hasMessages(there, ['not for here']);
      herald.send('for here');
      await hasMessages(here, ['for here']);
    });

    it('goes to the room that is typed, and names it in the address', async () => {
      const [mover, other] = [await enter('old'), await enter('new')];
      await mover.getByLabel('Room', { exact: true }).fill('new');
      await mover.getByLabel('Room', { exact: true }).press('Enter');
      await shows(other, '#seen', '2');
      expect(new URL(mover.url()).hash).toBe('#new');
      await say(mover, 'moved');
      await hasMessages(other, ['moved']);
    });

    it.each(['', '#', '#..', '#%20'])('goes to the lobby where the address ends in "%s"', async (hash) => {
      const page = await newPage();
      await page.goto(`http://${router.host}/${hash}`);
      await hasState(page, 'open');
      expect(new URL(page.url()).hash).toBe('#lobby');
    });

    it('measures the round trip of a ping', async () => {
      await shows(await enter('ping'), '#round-trip', /^\d+ ms$/);
    });
  });

  describe('given what no page like it wrote', () => {
    it('shows markup as text', async () => {
      const page = await enter('markup');
      const errors = collectErrors(page);
      const sender = await joinRoom('markup');
      const markup = '<img src="x" onerror="window.ran = true"><script>window.ran = true</script>';
      sender.send(markup);
      sender.send(JSON.stringify({ type: 'chat', name: '<b>Eve</b>', text: markup }));
      await hasMessages(page, [markup, markup]);
      await shows(page, '#messages li:last-child .author', '<b>Eve</b>');
      expect(await page.locator('#messages :is(img, script, b)').count()).toBe(0);
      expect(await page.evaluate(() => 'ran' in window)).toBe(false);
      expect(errors).toEqual([]);
    });

    it('shows any text or JSON, and the size of binary data', async () => {
      const page = await enter('anything');
      await shows(page, '#round-trip', /ms$/);
      const errors = collectErrors(page);
      const sender = await joinRoom('anything');
      const texts = [
        'null',
        '0',
        '[]',
        '{',
        'pong',
        '{"type":"hello","id":7}',
        '{"type":"chat","name":"Eve","text":{}}',
      ];
      for (const text of texts) sender.send(text);
      sender.send(new Uint8Array(12));
      sender.send(JSON.stringify({ type: 'chat', name: 'Eve', text: 'the end' }));
      await hasMessages(page, [...texts, '(12 bytes of binary data)', 'the end']);
      await shows(page, '#received', '9');
      expect(errors).toEqual([]);
    });

    it('cuts what is too long to show, and forgets the oldest of too many', async () => {
      const page = await enter('much');
      const sender = await joinRoom('much');
      sender.send('x'.repeat(500_000));
      await page.locator('#messages p').waitFor();
      expect((await messagesOf(page))[0]).toHaveLength(10_000);
      for (let i = 1; i <= 510; i++) sender.send(`number ${i}`);
      await page.getByText('number 510', { exact: true }).waitFor();
      const shown = await messagesOf(page);
      expect(shown).toHaveLength(500);
      expect(shown[0]).toBe('number 11');
    });
  });

  describe('its composer', () => {
    it('keeps a message that is too long', async () => {
      const page = await enter('long');
      const text = 'x'.repeat(1024 * 1024);
      await composer(page).fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
      await shows(page, '[role=alert]', /Too long/);
      expect(await composer(page).inputValue()).toBe(text);
      await shows(page, '#sent', '0');
      await hasState(page, 'open');
    });

    it('keeps what is typed while there is no connection', async () => {
      const page = await enterMocked((socket) => socket.close({ code: 4500, reason: 'enough' }));
      await hasState(page, 'closed');
      await say(page, 'still here');
      await shows(page, '[role=alert]', /Not connected/);
      expect(await composer(page).inputValue()).toBe('still here');
      expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    });

    it('starts a new line with Shift and Enter', async () => {
      const page = await enter('lines');
      await composer(page).fill('one');
      await composer(page).press('Shift+Enter');
      await composer(page).pressSequentially('two');
      await composer(page).press('Enter');
      await hasMessages(page, ['one\ntwo']);
    });
  });
});
