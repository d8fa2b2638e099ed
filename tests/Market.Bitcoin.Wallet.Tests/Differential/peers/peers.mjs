// Other people's Bitcoin libraries behind one door: a line of JSON in ({ask, cases}), a line of JSON out ({answers}).
// Every case is answered alone: an answer of {error} says that the library refused it.
import * as bitcoin from 'bitcoinjs-lib';
import * as ecc from '@bitcoinerlab/secp256k1';
import * as btc from '@scure/btc-signer';
import {
  pubECDSA, pubSchnorr, signECDSA, signSchnorr, taprootTweakPrivKey, taprootTweakPubkey,
} from '@scure/btc-signer/utils.js';
import { HDKey } from '@scure/bip32';
import * as bip39 from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { analyzeMiniscript, compileMiniscript, satisfier } from '@bitcoinerlab/miniscript';
import { createInterface } from 'node:readline';
import { createHash } from 'node:crypto';

bitcoin.initEccLib(ecc);
console.warn = () => {}; // bitcoinjs-lib warns of witness versions to come.

const hex = bytes => Buffer.from(bytes).toString('hex');
const bytes = text => Uint8Array.from(Buffer.from(text, 'hex'));
const reversed = array => Uint8Array.from(array).reverse();
const sha256d = data => createHash('sha256').update(createHash('sha256').update(data).digest()).digest();
const anything = {
  allowUnknown: true, allowUnknownVersion: true, allowUnknownInputs: true, allowUnknownOutputs: true,
  disableScriptCheck: true, allowLegacyWitnessUtxo: true,
};

const bitcoinjsNetwork = n => ({
  messagePrefix: '', bech32: n.hrp, bip32: { public: n.xpub, private: n.xprv },
  pubKeyHash: n.pubKeyHash, scriptHash: n.scriptHash, wif: n.wif,
});
const scureNetwork = n => ({ bech32: n.hrp, pubKeyHash: n.pubKeyHash, scriptHash: n.scriptHash, wif: n.wif });

// Bytes that only the seed decides.
class Source {
  constructor(seed) { this.seed = seed; this.count = 0; }
  bytes(length) {
    const parts = [];
    for (let have = 0; have < length; have += 32) {
      parts.push(createHash('sha256').update(`${this.seed}:${this.count++}`).digest());
    }
    return Uint8Array.from(Buffer.concat(parts).subarray(0, length));
  }
  below(limit) { return Buffer.from(this.bytes(4)).readUInt32LE() % limit; }
}

const asks = {
  transaction({ raw }) {
    const tx = bitcoin.Transaction.fromHex(raw);
    const scure = btc.RawTx.decode(bytes(raw));
    return {
      again: tx.toHex(), id: tx.getId(), witnessId: hex(reversed(tx.getHash(true))), weight: tx.weight(),
      virtualSize: tx.virtualSize(), scureAgain: hex(btc.RawTx.encode(scure)),
      scureId: hex(reversed(sha256d(btc.RawTx.encode({ ...scure, segwitFlag: false, witnesses: undefined })))),
      inputs: tx.ins.length, outputs: tx.outs.map(out => ({ value: out.value.toString(), script: hex(out.script) })),
    };
  },

  make({ seed }) {
    const from = new Source(seed);
    const tx = new bitcoin.Transaction();
    tx.version = 1 + from.below(3);
    tx.locktime = from.below(2 ** 32);
    const hasWitness = from.below(2) === 1;
    for (let i = 0; i <= from.below(5); i++) {
      tx.addInput(from.bytes(32), from.below(2 ** 32), from.below(2 ** 32), from.bytes(from.below(300)));
      if (hasWitness) {
        tx.setWitness(i, Array.from({ length: 1 + from.below(4) }, () => from.bytes(from.below(300))));
      }
    }
    for (let i = 0; i <= from.below(5); i++) {
      tx.addOutput(from.bytes(from.below(400)), BigInt(from.below(2 ** 32)) * 7n);
    }
    return {
      raw: tx.toHex(), id: tx.getId(), witnessId: hex(reversed(tx.getHash(true))), weight: tx.weight(),
      size: tx.byteLength(false),
    };
  },

  sighash({ raw, index, script, type, values, scripts, leaf, annex, separator }) {
    const tx = bitcoin.Transaction.fromHex(raw);
    const scure = btc.Transaction.fromRaw(bytes(raw), anything);
    const amounts = values.map(BigInt);
    const spent = scripts.map(bytes);
    const taproot = (make) => {
      try { return hex(make()); } catch (error) { return `refused: ${error.message}`; }
    };
    const leafHash = leaf === null ? undefined : hash('TapLeaf', [0xc0], varBytes(bytes(leaf)));
    return {
      legacy: hex(tx.hashForSignature(index, bytes(script), type)),
      scureLegacy: hex(scure.preimageLegacy(index, bytes(script), type)),
      segwit: hex(tx.hashForWitnessV0(index, bytes(script), amounts[index], type)),
      scureSegwit: hex(scure.preimageWitnessV0(index, bytes(script), type, amounts[index])),
      taproot: taproot(() => tx.hashForWitnessV1(
        index, spent, amounts, type, leafHash, annex === null ? undefined : bytes(annex))),
      scureTaproot: taproot(() => scure.preimageWitnessV1(
        index, spent, type, amounts, separator, leaf === null ? undefined : bytes(leaf), 0xc0,
        annex === null ? undefined : bytes(annex))),
    };
  },

  address({ script, network }) {
    const answer = make => { try { return make(); } catch { return null; } };
    return {
      bitcoinjs: answer(() => bitcoin.address.fromOutputScript(bytes(script), bitcoinjsNetwork(network))),
      scure: answer(() => btc.Address(scureNetwork(network)).encode(btc.OutScript.decode(bytes(script)))),
    };
  },

  readAddress({ text, network }) {
    const answer = make => { try { return hex(make()); } catch { return null; } };
    return {
      bitcoinjs: answer(() => bitcoin.address.toOutputScript(text, bitcoinjsNetwork(network))),
      scure: answer(() => btc.OutScript.encode(btc.Address(scureNetwork(network)).decode(text))),
    };
  },

  sign({ key, message, auxiliary, root }) {
    const [secret, hash] = [bytes(key), bytes(message)];
    const merkle = root === null ? new Uint8Array(0) : bytes(root);
    const tweaked = taprootTweakPrivKey(secret, merkle);
    return {
      publicKey: hex(pubECDSA(secret)), longKey: hex(pubECDSA(secret, false)), xOnly: hex(pubSchnorr(secret)),
      ecdsa: hex(signECDSA(hash, secret)), lowR: hex(signECDSA(hash, secret, true)),
      schnorr: hex(signSchnorr(hash, secret, bytes(auxiliary))), tweakedKey: hex(tweaked),
      outputKey: hex(taprootTweakPubkey(pubSchnorr(secret), merkle)[0]),
    };
  },

  verify({ publicKey, message, compact, xOnly, schnorr }) {
    return {
      ecdsa: ecc.verify(bytes(message), bytes(publicKey), bytes(compact), true),
      schnorr: ecc.verifySchnorr(bytes(message), bytes(xOnly), bytes(schnorr)),
    };
  },

  tree({ internal, tree }) {
    const scripts = node => Array.isArray(node) ? node.map(scripts) : { output: bytes(node) };
    const leaves = node => Array.isArray(node) ? node.flatMap(leaves) : [bytes(node)];
    const scure = node => Array.isArray(node) ? node.map(scure) : { script: bytes(node), leafVersion: 0xc0 };
    const all = leaves(tree);
    const controls = all.map(output => hex(bitcoin.payments.p2tr({
      internalPubkey: bytes(internal), scriptTree: scripts(tree), redeem: { output, redeemVersion: 0xc0 },
    }).witness.at(-1)));
    return {
      output: hex(bitcoin.payments.p2tr({ internalPubkey: bytes(internal), scriptTree: scripts(tree) }).output),
      scure: hex(btc.p2tr(bytes(internal), scure(tree), btc.NETWORK, true).script), controls,
    };
  },

  wallet({ entropy, passphrase, path, versions }) {
    const phrase = bip39.entropyToMnemonic(bytes(entropy), wordlist);
    const seed = bip39.mnemonicToSeedSync(phrase, passphrase);
    const key = HDKey.fromMasterSeed(seed, versions).derive(path);
    return {
      phrase, seed: hex(seed), secret: key.privateExtendedKey, open: key.publicExtendedKey, fingerprint: key.fingerprint,
      child: HDKey.fromExtendedKey(key.publicExtendedKey, versions).deriveChild(5).publicExtendedKey,
    };
  },

  psbt({ psbt, keys, auxiliary }) {
    const raw = bytes(psbt);
    const opened = btc.Transaction.fromPSBT(raw, { ...anything, lowR: true });
    const again = hex(opened.toPSBT());
    const unsigned = hex(opened.unsignedTx);
    for (const key of keys) {
      try { opened.sign(bytes(key), undefined, bytes(auxiliary)); } catch { /* Not a key of this PSBT. */ }
    }
    const signed = hex(opened.toPSBT());
    opened.finalize();
    return { again, unsigned, signed, final: hex(opened.toPSBT()), extracted: hex(opened.extract()) };
  },

  finalize({ psbt, version }) {
    const opened = btc.Transaction.fromPSBT(bytes(psbt), anything);
    opened.finalize();
    const scure = hex(opened.extract());
    if (version !== 0) { return { scure, bitcoinjs: scure }; }
    const other = bitcoin.Psbt.fromHex(psbt);
    const again = other.toHex();
    other.finalizeAllInputs();
    return { scure, bitcoinjs: other.extractTransaction(true).toHex(), again };
  },
};

Object.assign(asks, {
  miniscript({ text, tapscript }) {
    const analysis = analyzeMiniscript(text, { tapscript });
    // Valid as a whole script: of type B, so that v: may stand before it.
    const verified = analyzeMiniscript(/^[a-z]+:/.test(text) ? `v${text}` : `v:${text}`, { tapscript });
    const answer = { valid: analysis.valid && verified.valid, sane: analysis.issane, why: analysis.error, script: '', ways: [] };
    if (answer.valid) {
      answer.script = compileMiniscript(text, { tapscript }).asm;
    }
    if (analysis.issane) {
      answer.ways = satisfier(text, { tapscript, maxSolutions: null }).nonMalleableSats
        .map(way => ({ items: way.asm, lockTime: way.nLockTime ?? 0, sequence: way.nSequence ?? 0 }));
    }
    return answer;
  },
});

function varBytes(value) {
  const length = value.length < 0xfd ? [value.length] : [0xfd, value.length & 0xff, value.length >> 8];
  return [...length, ...value];
}

function hash(tag, ...parts) {
  return bitcoin.crypto.taggedHash(tag, Uint8Array.from(parts.flatMap(part => [...part])));
}

const answer = (ask, each) => {
  try { return asks[ask](each); } catch (error) { return { error: String(error?.message ?? error) }; }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, cases } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ answers: cases.map(each => answer(ask, each)) })}\n`);
}
