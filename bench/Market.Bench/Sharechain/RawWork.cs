using System.Runtime.InteropServices;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>
/// What no validator of a share can do without, taken apart beforehand: the bytes that are hashed (ids, roots, proof, what
/// is signed) and the signatures.
/// </summary>
internal sealed class RawWork
{
    private readonly byte[] _stripped;
    private readonly byte[] _whole;
    private readonly HashMessage[] _strippedMessages;
    private readonly HashMessage[] _wholeMessages;
    private readonly Hash256[] _ids;
    private readonly Hash256[] _witnessIds;
    private readonly byte[][] _parts;
    private readonly Spend[] _spends;

    public RawWork(ShareBlock share, Dictionary<OutPoint, TxOut> spent)
    {
        Bytes = share.ToArray();
        (_stripped, _strippedMessages) = Join(share, withWitness: false);
        (_whole, _wholeMessages) = Join(share, withWitness: true);
        _ids = new Hash256[_strippedMessages.Length];
        _witnessIds = new Hash256[_wholeMessages.Length];
        var proof = share.Proof;
        byte[] header = share.Header.ToArray();
        byte[] main = proof.MainHeader.ToArray();
        _parts = [header, main, [.. header, .. main], proof.MainCoinbase.ToArray()];
        _spends = [.. share.Transactions.Skip(1).Select(each => new Spend(each, spent))];
    }

    /// <summary>The share, whole.</summary>
    public byte[] Bytes { get; }

    /// <summary>Every hash once: by the lanes of the machine where there are many alike.</summary>
    public void Hash()
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        foreach (var part in _parts)
        {
            Sha256d.Hash(part, hash);
        }

        BatchHasher.Hash(_stripped, _strippedMessages, MemoryMarshal.AsBytes(_ids.AsSpan()));
        BatchHasher.Hash(_whole, _wholeMessages, MemoryMarshal.AsBytes(_witnessIds.AsSpan()));
        _ = MerkleTree.Root(_ids);
        _ = MerkleTree.Root(_witnessIds);
        foreach (var spend in _spends)
        {
            spend.Hash();
        }
    }

    /// <summary>Every signature once, in libsecp256k1: parse key and signature, verify.</summary>
    public void Verify()
    {
        foreach (var spend in _spends)
        {
            spend.Verify();
        }
    }

    private static (byte[] Bytes, HashMessage[] Messages) Join(ShareBlock share, bool withWitness)
    {
        var writer = new ByteWriter(share.Transactions.Length * 512);
        var messages = new List<HashMessage>();
        foreach (var transaction in share.Transactions)
        {
            var start = writer.Length;
            transaction.Write(writer, withWitness);
            messages.Add(new HashMessage(start, writer.Length - start));
        }

        return (writer.ToArray(), [.. messages]);
    }

    /// <summary>A transaction's inputs.</summary>
    private sealed class Spend
    {
        private readonly Transaction _transaction;
        private readonly TxOut[] _spent;
        private readonly byte[][] _keys;
        private readonly byte[][] _signatures;
        private readonly byte[][] _messages;

        public Spend(Transaction transaction, Dictionary<OutPoint, TxOut> spent)
        {
            _transaction = transaction;
            _spent = [.. transaction.Inputs.Select(input => spent[input.PreviousOutput])];
            var hashes = new PrecomputedTransaction(transaction, [.. _spent]);
            _keys = new byte[_spent.Length][];
            _signatures = new byte[_spent.Length][];
            _messages = [.. Enumerable.Range(0, _spent.Length).Select(input => SighashOf(hashes, input).ToArray())];
            for (var i = 0; i < _spent.Length; i++)
            {
                var witness = transaction.Inputs[i].Witness.Items;
                if (_spent[i].ScriptPubKey.IsP2tr)
                {
                    (_keys[i], _signatures[i]) = (_spent[i].ScriptPubKey.Span[2..].ToArray(), witness[0].ToArray());
                    continue;
                }

                Require(EcdsaSignature.TryParseDer(witness[0].Span[..^1], out var signature));
                (_keys[i], _signatures[i]) = (witness[1].ToArray(), signature!.Compact.ToArray());
            }
        }

        public void Hash()
        {
            Span<byte> keyHash = stackalloc byte[20];
            var hashes = new PrecomputedTransaction(_transaction, ImmutableCollectionsMarshal.AsImmutableArray(_spent));
            for (var i = 0; i < _spent.Length; i++)
            {
                _ = SighashOf(hashes, i);
                if (!_spent[i].ScriptPubKey.IsP2tr)
                {
                    Hashes.Hash160(_keys[i], keyHash);
                }
            }
        }

        public void Verify()
        {
            for (var i = 0; i < _spent.Length; i++)
            {
                Require(_spent[i].ScriptPubKey.IsP2tr
                    ? Curve.VerifySchnorr(_keys[i], _messages[i], _signatures[i])
                    : Curve.VerifyEcdsa(_keys[i], _messages[i], _signatures[i]));
            }
        }

        private Hash256 SighashOf(PrecomputedTransaction hashes, int input)
        {
            var script = _spent[input].ScriptPubKey;
            if (!script.IsP2tr)
            {
                return hashes.P2wpkhSighash(input, new Hash160(script.Span[2..]));
            }

            Require(hashes.TryTaprootSighash(input, SighashType.Default, TaprootSpend.KeyPath, out var hash));
            return hash;
        }

        private static void Require(bool isRight)
        {
            if (!isRight)
            {
                throw new InvalidOperationException("A signature that is right was refused.");
            }
        }
    }
}
