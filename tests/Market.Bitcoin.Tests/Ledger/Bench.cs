using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Bitcoin.Tests.Ledger;

/// <summary>A small chain on which anything can be built, valid or not.</summary>
internal sealed class Bench
{
    public const int Maturity = 5;
    private const uint Start = 1_700_000_000;

    public Bench(bool exact = false)
    {
        Rules = LedgerRules.Bitcoin(InterpreterRules.Consensus) with
        {
            CoinbaseMaturity = Maturity,
            ExactIssuance = exact,
        };
    }

    public LedgerRules Rules { get; set; }

    public CoinSet Coins { get; } = new();

    public int Height { get; private set; } = 100;

    public BlockContext Next => new(Height + 1, Start + (uint)Height * 600);

    /// <summary>Anybody can spend it; each number is another script.</summary>
    public static Script Owner(int number) => Bytes([2, (byte)number, (byte)(number >> 8), 0x75, 0x51]);

    public static Script Bytes(byte[] script) => new(script);

    public static OutPoint Point(byte number) => new(new TxId(Hash256.DoubleSha256([number])), 0);

    public OutPoint Give(byte number, long value, Script? script = null, bool coinbase = false, int? height = null)
    {
        var at = height ?? Height;
        Coins.Add(Point(number), new Coin(
            new TxOut(new Amount(value), script ?? Owner(number)), at, coinbase, Start + (uint)(at - 1) * 600));
        return Point(number);
    }

    public static Transaction Spend(
        OutPoint from, long value, Script? to = null, uint lockTime = 0, uint sequence = TxIn.FinalSequence) =>
        Make([from], [new TxOut(new Amount(value), to ?? Owner(1))], lockTime, sequence);

    public static Transaction Make(
        OutPoint[] from, TxOut[] to, uint lockTime = 0, uint sequence = TxIn.FinalSequence, int version = 2) => new(
        version,
        [.. from.Select(point => new TxIn(point, Script.Empty, sequence))],
        [.. to],
        lockTime);

    public Transaction Coinbase(
        long? value = null, Script? script = null, Script? to = null, TxOut[]? more = null, Witness witness = default)
    {
        var sats = value ?? Rules.Issuance.At(Height + 1).Sats;
        byte[] height = [.. CoinbaseHeight.Push(Height + 1), 0];
        return new Transaction(
            2,
            [new TxIn(OutPoint.Null, script ?? Bytes(height), TxIn.FinalSequence, witness)],
            [new TxOut(new Amount(sats), to ?? Owner(0)), .. more ?? []],
            0);
    }

    public LedgerFailure Connect(params ImmutableArray<Transaction> transactions)
    {
        var before = Coins.StateHash();
        var failure = BlockConnector.Connect(Coins, transactions, Next, Rules, out var effect);
        Assert.Equal(failure.IsOk, effect is not null && before != Coins.StateHash());
        if (failure.IsOk)
        {
            Height++;
            Undos.Push((transactions, effect!.Undo, before));
        }

        return failure;
    }

    public Stack<(ImmutableArray<Transaction> Transactions, BlockUndo Undo, Hash256 Before)> Undos { get; } = [];

    public void Disconnect()
    {
        var (transactions, undo, before) = Undos.Pop();
        BlockConnector.Disconnect(Coins, transactions, undo);
        Height--;
        Assert.Equal(before, Coins.StateHash());
    }

    public void Refuses(LedgerError error, int transaction, params ImmutableArray<Transaction> transactions)
    {
        var failure = Connect(transactions);
        Assert.Equal(error, failure.Error);
        Assert.Equal(transaction, failure.Transaction);
    }

    public void Takes(params ImmutableArray<Transaction> transactions) =>
        Assert.Equal("ok", Connect(transactions).ToString());
}
