using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;

namespace Market.Testing.Chains;

/// <summary>Scripts that anybody can spend, and transactions between them.</summary>
public static class Coins
{
    /// <summary>Anybody can spend it; each number is another script.</summary>
    public static Script Owner(int number) =>
        new(new byte[] { 0x02, (byte)number, (byte)(number >> 8), 0x75, 0x51 });

    /// <summary>Spends an output whole, less a fee.</summary>
    public static Transaction Spend(
        OutPoint from, Amount value, Script to, long fee = 1_000, uint sequence = TxIn.FinalSequence,
        uint lockTime = 0) => Spend([(from, value)], [new TxOut(new Amount(value.Sats - fee), to)], sequence, lockTime);

    public static Transaction Spend(
        UnspentOutput coin, Script to, long fee = 1_000, uint sequence = TxIn.FinalSequence) =>
        Spend(coin.OutPoint, coin.Output.Value, to, fee, sequence);

    public static Transaction Spend(
        IEnumerable<(OutPoint From, Amount Value)> from, ImmutableArray<TxOut> to,
        uint sequence = TxIn.FinalSequence, uint lockTime = 0) => new(
        2, [.. from.Select(each => new TxIn(each.From, Script.Empty, sequence))], to, lockTime);

    /// <summary>Spends a P2WPKH output whole, less a fee, signed.</summary>
    public static Transaction Pay(PrivateKey key, UnspentOutput coin, Script to, long fee = 10_000)
    {
        var unsigned = new Transaction(
            2, [new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence)],
            [new TxOut(new Amount(coin.Output.Value.Sats - fee), to)], 0);
        var precomputed = new PrecomputedTransaction(unsigned, [coin.Output]);
        var signature = key.SignEcdsa(precomputed.P2wpkhSighash(0, key.PublicKey.Hash160));
        var witness = new Witness(signature.ToScriptItem(), key.PublicKey.Span.ToArray());
        return new Transaction(2, [unsigned.Inputs[0] with { Witness = witness }], unsigned.Outputs, 0);
    }

    /// <summary>A mature coin of the treasury.</summary>
    public static async Task<UnspentOutput> MatureAsync(IChain chain, Script owner)
    {
        var coins = await chain.GetCoinsAsync(owner);
        return coins.First(coin => coin.IsSpendable(chain.CoinbaseMaturity));
    }
}

/// <summary>Chains for tests: any hash is work enough, nothing is mined unless asked for.</summary>
public static class Lab
{
    public static readonly Script Treasury = Coins.Owner(1);

    public static EmbeddedMainchainOptions Options(int premine = 105) => new()
    {
        Parameters = MainParameters.Regtest,
        TreasuryScript = Treasury,
        PremineBlocks = premine,
        NetworkScript = Coins.Owner(2),
        Mine = false,
    };

    public static Task<EmbeddedMainchain> MainchainAsync(
        TimeProvider clock, Market.Chains.Storage.IBlockStore? store = null, int premine = 105) =>
        EmbeddedMainchain.OpenAsync(
            Options(premine), InterpreterRules.Consensus, store ?? new Market.Chains.Storage.MemoryBlockStore(), clock);
}
