/** Asks for the token, and shows the dashboard to whoever has the right one. */
import { Api } from './api.js';
import { byId, input } from './dom.js';
import { every } from './every.js';
import { Explained } from './explained.js';
import { showHappening } from './happenings.js';
import { KeysSection } from './keys.js';
import { Live } from './live.js';
import { NowSection } from './now.js';
import { PoliciesSection } from './policies.js';
import { TopSection } from './top.js';

/** Of this tab alone: it is gone with it. */
const TOKEN = 'argus-token';
/** Why the page was left. */
const FAULT = 'argus-fault';
const TOP_EVERY_MS = 3_000;
const POLICIES_EVERY_MS = 10_000;

const form = byId('log-in', HTMLFormElement);
const dashboard = byId('dashboard', HTMLElement);
const logOut = byId('log-out', HTMLButtonElement);
const connection = byId('connection', HTMLElement);

form.onsubmit = (event) => {
  event.preventDefault();
  void enter(input('token').value.trim());
};
logOut.onclick = () => leave('');

const kept = sessionStorage.getItem(TOKEN);
if (kept === null) askForToken(sessionStorage.getItem(FAULT) ?? '');
else void enter(kept);
sessionStorage.removeItem(FAULT);

/** @param {string} token */
async function enter(token) {
  const api = new Api(token, leave);
  const answered = await api.get('v1/instances');
  if (!answered.ok) {
    // Where the token was refused, that has been said.
    if (answered.status !== 401) askForToken(answered.fault);
    return;
  }
  sessionStorage.setItem(TOKEN, token);
  form.hidden = true;
  input('token').value = '';
  dashboard.hidden = false;
  logOut.hidden = false;
  start(api);
  byId('content', HTMLElement).focus();
}

/** @param {Api} api */
function start(api) {
  const now = new NowSection();
  const explained = new Explained(api);
  const open = explained.open.bind(explained);
  const top = new TopSection(api, open);
  const policies = new PoliciesSection(api);
  new KeysSection(api, open);
  void every(TOP_EVERY_MS, () => top.refresh());
  void every(POLICIES_EVERY_MS, () => policies.refresh());
  const live = new Live({
    api,
    heard: ({ name, data }) => {
      if (name === 'now') now.show(JSON.parse(data));
      else if (name === 'happening') showHappening(JSON.parse(data));
    },
    changed: (isLive) => tell(isLive ? 'live' : 'lost'),
  });
  void live.run();
}

/**
 * All that was shown goes with the page: nothing of it may be left to who comes next.
 *
 * @param {string} fault why; empty where that was wanted
 */
function leave(fault) {
  sessionStorage.removeItem(TOKEN);
  if (dashboard.hidden) {
    askForToken(fault);
    return;
  }
  sessionStorage.setItem(FAULT, fault);
  location.reload();
}

/** @param {string} fault */
function askForToken(fault) {
  form.hidden = false;
  byId('log-in-fault', HTMLElement).textContent = fault;
  input('token').select();
}

/** @param {'live' | 'lost'} state */
function tell(state) {
  connection.dataset['is'] = state;
  connection.textContent = state === 'live' ? 'Live' : 'Not connected, trying again';
}
