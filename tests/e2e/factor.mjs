// SPDX-License-Identifier: AGPL-3.0-or-later
// factor.mjs - second factors for stories: a phone with an app of one-time codes (RFC 6238), and the
// browser's own virtual authenticator for passkeys.
import { createHmac } from 'node:crypto';

const STEP = 30000;

function bytesOf(base32) {
  const bits = [...base32].map((c) => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** An authenticator app. No code is used twice, so it waits for the next when it must. */
export class Phone {
  async scan(page) {
    this.secret = bytesOf((await page.locator('.secret').innerText()).replaceAll(' ', ''));
    this.last = 0;
  }

  async code() {
    const step = Math.max(Math.floor(Date.now() / STEP), this.last + 1); // the next one is taken too
    const wait = (step - 1) * STEP - Date.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    this.last = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac('sha1', this.secret).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 1e6).padStart(6, '0');
  }
}

/** On the page that sets a second factor up for the first time: with an app; ends where one wanted to go. */
export async function setUpApp(page) {
  const phone = new Phone();
  await phone.scan(page);
  await page.getByLabel('Six digits').fill(await phone.code());
  await page.getByRole('button', { name: 'Use this app' }).click();
  await page.getByRole('link', { name: 'I have them' }).click();
  return phone;
}

/**
 * Gives the browser, on a page of the server, a key with a fingerprint reader. Looking at the page by
 * other means takes it away: check() does so and gives the same key back.
 */
export async function giveAuthenticator(page, checkPage) {
  let cdp, authenticatorId;
  async function plugIn(credentials = []) {
    cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true } }));
    for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
  }
  const keys = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  await plugIn();
  return {
    keys,
    verify: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    check: async () => {
      const kept = await keys();
      await cdp.detach();
      await checkPage(page);
      await plugIn(kept);
    },
  };
}
