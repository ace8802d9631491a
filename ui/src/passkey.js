// SPDX-License-Identifier: AGPL-3.0-or-later
// passkey.js - asks the browser for a passkey and sends what it gives with the form around it.
//
// [data-passkey="create" or "get"] holds the question (data-site, data-challenge, data-user ...), the
// hidden inputs for the answer, and the button. form[data-go-on] sends itself: what was typed before a
// second factor was asked for.
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const key = (id) => ({ type: "public-key", id: toBytes(id) });

function create({ site, challenge, user, userName, known }) {
  return navigator.credentials.create({ publicKey: {
    rp: { id: site, name: "Entracte" }, challenge: toBytes(challenge),
    user: { id: new TextEncoder().encode(user), name: userName, displayName: userName },
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: known.split(" ").filter(Boolean).map(key), attestation: "none", timeout: 300000,
    authenticatorSelection: { residentKey: "required", userVerification: "required" } } });
}

function get({ site, challenge }) {
  return navigator.credentials.get({ publicKey: { rpId: site, challenge: toBytes(challenge),
    userVerification: "required", timeout: 300000 } });
}

async function ask(part, form) {
  const { response, rawId } = await (part.dataset.passkey === "create" ? create : get)(part.dataset);
  const answer = { credential: rawId, client_data: response.clientDataJSON, signature: response.signature,
    auth_data: response.authenticatorData ?? response.getAuthenticatorData(), user: response.userHandle };
  for (const [name, bytes] of Object.entries(answer))
    form.elements[`passkey.${name}`].value = bytes ? toText(bytes) : "";
  form.requestSubmit();
}

export function startPasskey() {
  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = !window.PublicKeyCredential;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-passkey] button");
    if (!button) return;
    const part = button.closest("[data-passkey]"), trouble = part.querySelector(".error");
    button.disabled = true;
    trouble.hidden = true;
    ask(part, part.closest("form")).catch(() => { trouble.hidden = false; })
      .finally(() => { button.disabled = false; });
  });
  document.querySelector("form[data-go-on]")?.requestSubmit();
}
