// Signs in, places an order backed by an own coin, looks at it and cancels it: what any bot's first order is made of.
// Usage: node trade.mjs SERVER SECRET OUTPOINT SIDE PRICE QUANTITY [INSTRUMENT]. SECRET is the hex of a key that the account is
// named by and whose P2WPKH address holds the outpoint; where the market trades several instruments, one is named. Prints one JSON
// line: the order as it was placed and as it is after.
import { randomBytes } from 'node:crypto';
import { schnorr } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import * as btc from '@scure/btc-signer';
import { pubECDSA } from '@scure/btc-signer/utils.js';

const [server, secretHex, outpoint, side, price, quantity, named] = process.argv.slice(2);
const secret = Buffer.from(secretHex, 'hex');
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const account = hex(schnorr.getPublicKey(secret));

let token = null;
async function call(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(server + path, { method, headers, body: body && JSON.stringify(body) });
  const value = await answer.json();
  // Programs decide by the code. With mustWait, retryAt says from when on the same may be asked again.
  if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${value.code}: ${value.detail}`), value);
  return value;
}

// BIP340's tagged hash.
function tagged(tag, ...parts) {
  const name = sha256(Buffer.from(tag));
  return sha256(Buffer.concat([name, name, ...parts]));
}

// BIP322, simple form, for P2WPKH: the witness of a transaction that spends one which pays to the address and commits to the text.
function signMessage(text) {
  const { script } = btc.p2wpkh(pubECDSA(secret));
  const commitment = tagged('BIP0322-signed-message', Buffer.from(text));
  const unknown = { allowUnknownOutputs: true, allowUnknownInputs: true, version: 0 };
  const toSpend = new btc.Transaction({ ...unknown, allowLegacyWitnessUtxo: true });
  toSpend.addOutput({ script, amount: 0n });
  toSpend.addInput({
    txid: new Uint8Array(32), index: 0xffffffff, sequence: 0,
    finalScriptSig: Buffer.concat([Buffer.from([0x00, 0x20]), commitment]),
  });
  const toSign = new btc.Transaction(unknown);
  toSign.addInput({ txid: toSpend.id, index: 0, sequence: 0, witnessUtxo: { script, amount: 0n } });
  toSign.addOutput({ script: Buffer.from([0x6a]), amount: 0n });
  toSign.sign(secret);
  toSign.finalize();
  const witness = btc.RawWitness.encode(toSign.getInput(0).finalScriptWitness);
  return `smp${Buffer.from(witness).toString('base64')}`;
}

// Nobody guesses: an outpoint of one sharechain backs no order for another's shares.
const instruments = await call('GET', '/api/v1/instruments');
const instrument = named ? instruments.find((one) => one.id === named) : instruments.length === 1 ? instruments[0] : null;
if (!instrument) throw new Error(`Name an instrument: ${instruments.map((one) => one.id).join(', ')}`);

const challenge = await call('POST', '/api/v1/auth/challenges', { key: account });
const signIn = `market/sign-in/v2\nhost=${new URL(server).host}\nnetwork=${instrument.network}\n`
  + `key=${account}\nchallenge=${challenge.value}\n`;
const signature = hex(schnorr.sign(tagged('market/sign-in', Buffer.from(signIn)), secret));
token = (await call('POST', '/api/v1/auth/sessions', { key: account, challenge: challenge.value, signature })).token;

const order = { clientOrderId: `bot-${hex(randomBytes(8))}`, instrument: instrument.id, side, price, quantity };
const text = [
  'market/order/v1', `network=${instrument.network}`, `account=${account}`, `clientOrderId=${order.clientOrderId}`,
  `instrument=${order.instrument}`, `side=${side}`, 'type=limit', `price=${price}`, `quantity=${quantity}`, 'timeInForce=gtc',
  'postOnly=false', 'selfTradePrevention=cancelNewest', `outpoints=${outpoint}`, '',
].join('\n');
const placed = await call('POST', '/api/v1/orders', { ...order, outpoints: [{ outpoint, signature: signMessage(text) }] });

// An order's number is good in its instrument.
const path = `/api/v1/orders/${placed.order.id}?instrument=${order.instrument}`;
const seen = await call('GET', path);

// What was filled meanwhile is final until its swap fails: such an order is settling, and not cancelled.
async function cancel() {
  try {
    return await call('DELETE', path);
  } catch (refused) {
    if (refused.code !== 'orderSettling') throw refused;
    return call('GET', path);
  }
}

const cancelled = await cancel();
console.log(JSON.stringify({ placed: placed.order, seen, cancelled }));
