using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;

namespace Market.Chains.Tests.Relay;

/// <summary>A confirmed coin that one case spends.</summary>
internal sealed record RelayCoin(Transaction Funding, uint Index)
{
    public OutPoint OutPoint => new(Funding.Id, Index);

    public TxOut Output => Funding.Outputs[(int)Index];
}

/// <summary>A transaction and what is expected of it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Spends">The script of the coin that it spends.</param>
/// <param name="Amount">What that coin holds.</param>
/// <param name="Build">Makes it, signed.</param>
/// <param name="Expected">What the strictest policy says of it; null where only agreement matters.</param>
internal sealed record RelayCase(
    string Name, Script Spends, Amount Amount, Func<RelayCoin, Transaction> Build, RelayError? Expected)
{
    /// <summary>Why bcoin says the opposite; null where it agrees.</summary>
    public string? DiffersOnBcoin { get; init; }
}

/// <summary>Makes signed transactions that spend one coin of any kind.</summary>
internal static class Spending
{
    public const long Fee = 2_000;

    public static readonly Amount Plenty = new(200_000);
    private static readonly ImmutableArray<PrivateKey> Keys = [Key(1), Key(2), Key(3)];

    public static PublicKey Owner => Keys[0].PublicKey;

    public static Script Own => Script.P2wpkh(Owner);

    public static Script BareMultisig => Script.Multisig(1, Owner, Keys[1].PublicKey);

    public static PrivateKey Key(byte number) => PrivateKey.Create([.. new byte[30], 7, number]);

    public static string[] Kinds { get; } =
    [
        $"pkh({Owner})", $"wpkh({Owner})", $"sh(wpkh({Owner}))",
        $"wsh(multi(2,{string.Join(',', Keys.Select(key => key.PublicKey))}))",
        $"sh(wsh(multi(2,{string.Join(',', Keys.Select(key => key.PublicKey))})))",
        $"wsh(and_v(v:pk({Owner}),older(1)))",
    ];

    public static Script ScriptOf(string descriptor) => Descriptor.Parse(descriptor, Network.Regtest).ToScript();

    /// <summary>Pays all of a coin to outputs, less what they leave over.</summary>
    public static Transaction Pay(RelayCoin coin, string descriptor, ImmutableArray<TxOut> outputs, int version = 2)
    {
        var psbt = Psbt.Create(new Transaction(version, [new TxIn(coin.OutPoint, Script.Empty, 1)], outputs, 0));
        var input = psbt.Inputs[0];
        input.Set(PsbtInputType.PreviousTransaction, coin.Funding.ToArray());
        if (!coin.Output.ScriptPubKey.IsP2pkh)
        {
            input.Set(
                PsbtInputType.SpentOutput,
                new ByteWriter().Int64(coin.Output.Value.Sats).VarBytes(coin.Output.ScriptPubKey.Span).ToArray());
        }

        Descriptor.Parse(descriptor, Network.Regtest).UpdateInput(input);
        foreach (var key in Keys)
        {
            psbt.Sign(key);
        }

        return psbt.FinalizeAll() == PsbtError.None && psbt.TryExtract(out var signed, out _)
            ? signed : throw new InvalidOperationException($"{descriptor} cannot be signed.");
    }

    /// <summary>One output that takes all but a fee.</summary>
    public static TxOut Rest(RelayCoin coin, long fee = Fee, Script? to = null) =>
        new(new Amount(coin.Output.Value.Sats - fee), to ?? Own);

    public static Transaction WithInput(Transaction transaction, Func<TxIn, TxIn> change) => new(
        transaction.Version, [change(transaction.Inputs[0])], transaction.Outputs, transaction.LockTime);

    public static byte[] LegacySignature(RelayCoin coin, Transaction unsigned)
    {
        var precomputed = new PrecomputedTransaction(unsigned, [coin.Output]);
        return Keys[0].SignEcdsa(precomputed.LegacySighash(0, coin.Output.ScriptPubKey.Span, 1)).ToScriptItem();
    }

    /// <summary>A transaction whose input carries what it is given, unsigned.</summary>
    public static Transaction Bare(
        RelayCoin coin, Func<Transaction, Script>? scriptSig = null, Witness witness = default, long fee = Fee)
    {
        var unsigned = new Transaction(
            2, [new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence, witness)], [Rest(coin, fee)], 0);
        return scriptSig is null ? unsigned : WithInput(unsigned, input => input with { ScriptSig = scriptSig(unsigned) });
    }
}
