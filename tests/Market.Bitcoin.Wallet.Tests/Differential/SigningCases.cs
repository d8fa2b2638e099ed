using System.Collections.Immutable;
using Market.Bitcoin.Encoding;
using Market.Fuzzing;

namespace Market.Bitcoin.Wallet.Tests.Differential;

/// <summary>Something to sign with one key.</summary>
internal sealed record SigningCase(PrivateKey Key, Hash256 Message, Hash256 Other, byte[] Auxiliary, Hash256? Root)
{
    public object Question => new
    {
        key = SigningDifferentialTests.Export(Key),
        message = Convert.ToHexStringLower(Message.ToArray()),
        auxiliary = Hex.Encode(Auxiliary),
        root = Root is { } root ? Hex.Encode(root.ToArray()) : null,
    };

    public static SigningCase Make(RandomValues values) => new(
        values.Key(), values.Hash(), values.Hash(), values.Bytes(32), values.Chance(2) ? values.Hash() : null);
}

/// <summary>Signatures made here; in every third case of another message.</summary>
internal sealed record VerifyingCase(bool Good, object Question)
{
    public static VerifyingCase Make(RandomValues values)
    {
        using var key = values.Key();
        var (message, good) = (values.Hash(), !values.Chance(3));
        var ecdsa = key.SignEcdsa(message).Compact.ToArray();
        var schnorr = key.SignSchnorr(message, values.Bytes(32)).Span.ToArray();
        return new VerifyingCase(good, new
        {
            publicKey = key.PublicKey.ToString(),
            message = Hex.Encode((good ? message : values.Hash()).ToArray()),
            compact = Hex.Encode(ecdsa),
            xOnly = key.PublicKey.XOnly.ToString(),
            schnorr = Hex.Encode(schnorr),
        });
    }
}

/// <summary>A script tree, and as nested arrays of scripts.</summary>
internal sealed record RandomTree(TapTree Tree, object Question)
{
    public static RandomTree Make(RandomValues values, int level)
    {
        if (level == 0 || values.Chance(3))
        {
            var script = new ScriptBuilder().PushBytes(values.PublicKey().XOnly.Span).Op(Opcode.OP_CHECKSIG).Build();
            return new RandomTree(TapTree.Leaf(script), script.ToString());
        }

        var (left, right) = (Make(values, level - 1), Make(values, level - 1));
        return new RandomTree(TapTree.Branch(left.Tree, right.Tree), new[] { left.Question, right.Question });
    }
}

/// <summary>A phrase and a path.</summary>
internal sealed record WalletCase(Mnemonic Phrase, byte[] Entropy, string Passphrase, KeyPath Path, Network Network)
{
    public object Question => new
    {
        entropy = Hex.Encode(Entropy),
        passphrase = Passphrase,
        path = Path.ToString(),
        versions = new { @public = Network.ExtendedPublicPrefix, @private = Network.ExtendedPrivatePrefix },
    };

    public static WalletCase Make(RandomValues values)
    {
        var phrase = values.Mnemonic();
        return new WalletCase(
            phrase, phrase.ToEntropy(), values.OneOf(string.Empty, "TREZOR", "a b"), values.Path(4),
            values.OneOf(Network.Mainnet, Network.Regtest));
    }
}

/// <summary>A PSBT of single keys and of two of three, with all keys that it needs.</summary>
internal sealed record PsbtCase(Psbt Psbt, RandomSpend Spend, ImmutableArray<PrivateKey> Keys, byte[] Auxiliary)
{
    public object Question => new
    {
        psbt = Hex.Encode(Psbt.ToArray()),
        keys = Keys.Select(SigningDifferentialTests.Export),
        auxiliary = Hex.Encode(Auxiliary),
    };

    public static PsbtCase Make(RandomValues values, int version)
    {
        var single = values.Spend(ScriptKind.P2wpkh, ScriptKind.P2tr, ScriptKind.P2sh);
        ImmutableArray<PrivateKey> cosigners = [values.Key(), values.Key(), values.Key()];
        var multisig = Descriptor.Parse(
            $"wsh(multi(2,{string.Join(',', cosigners.Select(key => key.PublicKey))}))", Network.Mainnet);
        var output = new TxOut(new Amount(70_000), multisig.ToScript());
        var transaction = new Transaction(
            single.Transaction.Version,
            single.Transaction.Inputs.Add(new TxIn(values.OutPoint(), Script.Empty, TxIn.ReplaceableSequence)),
            [new TxOut(new Amount(40_000), values.AddressScript())],
            single.Transaction.LockTime);
        var psbt = version == 0 ? Psbt.Create(transaction) : Psbt.CreateVersion2(transaction);
        for (var i = 0; i < single.Spent.Length; i++)
        {
            values.FillInput(psbt.Inputs[i], single.Spent[i], single.Keys[i].PublicKey);
        }

        psbt.Inputs[^1].Set(
            PsbtInputType.SpentOutput,
            new ByteWriter().Int64(output.Value.Sats).VarBytes(output.ScriptPubKey.Span).ToArray());
        multisig.UpdateInput(psbt.Inputs[^1]);
        return new PsbtCase(
            psbt, single with { Transaction = transaction, Spent = single.Spent.Add(output) },
            [.. single.Keys, cosigners[0], cosigners[2]], values.Bytes(32));
    }
}
