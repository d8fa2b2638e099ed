using System.Collections.Immutable;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Fuzzing;

/// <summary>A short sharechain, always the same, on a mainchain of one block; some of its coins are mature.</summary>
internal sealed class OfferedChain : IMainchainView
{
    private const int Shares = 9;
    private const int MainHeight = 100;

    private static readonly CompactTarget Bits = new(0x207fffff);
    private static readonly BlockId Main = new(Hashes.Sha256([1]));
    private static readonly byte[] True = [(byte)Opcode.OP_1];
    private static readonly Script Anybody = Script.P2wsh(new Script(True));
    private static readonly Witness Any = new(True);

    private static readonly SharechainProfile Profile = SharechainProfiles.P2ShareDevnet with
    {
        Name = "fuzzed",
        EasiestBits = Bits,
        ReanchorAfter = null,
        Genesis = SharechainProfiles.P2ShareDevnet.Genesis with { Bits = Bits },
    };

    private readonly MemoryShareStore _store = new();
    private readonly ShareChain _chain;
    private readonly long _now = Profile.Genesis.Time;

    public OfferedChain()
    {
        _chain = ShareChain.Create(Profile, InterpreterRules.Consensus, _store);
        for (var i = 0; i < Shares; i++)
        {
            _now += Profile.TargetSpacing;
            var result = Submit(Mined(i % 2 == 0 ? Anybody : new Script(new byte[] { 0x51, (byte)(0x51 + i) }), []));
            if (result.Outcome != ShareOutcome.NewTip)
            {
                throw new InvalidOperationException($"An own share was refused: {result.Verdict.Refusal}.");
            }
        }
    }

    /// <summary>Base units that a share mints.</summary>
    public static long Minted => Profile.Schedule.At(1).Sats;

    public SharechainState State => _chain.State;

    public ShareSubmission Submit(ShareBlock share) => _chain.Submit(share, this, _now);

    public BlockNode<ShareId, ShareInfo>? Find(ShareId id) => _chain.Find(id);

    public ShareUndo? UndoOf(ShareId id) => _store.GetUndo(id);

    public MainchainPoint? Find(BlockId id) => id == Main ? new MainchainPoint(Main, MainHeight, Bits, 0) : null;

    public Amount Subsidy(int height) => new(50 * Amount.Coin);

    /// <summary>A valid share on the tip that spends some of the coins, with annotations here and there.</summary>
    public ShareBlock Next(RandomValues values)
    {
        var coins = State.Coins.Where(coin => State.IsMature(coin) && coin.Coin.Output.ScriptPubKey == Anybody)
            .OrderBy(coin => coin.Place).Take(values.Below(3)).ToArray();
        var spends = coins.Select(coin => Spend(values, coin)).ToImmutableArray();
        return Mined(values.Chance(2) ? Anybody : values.AddressScript(), spends);
    }

    private static Transaction Spend(RandomValues values, ShareCoin coin)
    {
        var half = new Amount(coin.Value.Sats / 2);
        var outputs = ImmutableArray.Create(
            new TxOut(half, Anybody), new TxOut(coin.Value - half - new Amount(values.Below(1000)), values.AddressScript()));
        if (values.Chance(2))
        {
            outputs = outputs.Add(PayoutAnnotation.Output((byte)values.Below(3), values.AddressScript()));
        }

        return new Transaction(2, [new TxIn(coin.OutPoint, Script.Empty, values.OneOf(0u, TxIn.FinalSequence), Any)], outputs, 0);
    }

    private ShareBlock Mined(Script miner, ImmutableArray<Transaction> transactions)
    {
        var template = ShareTemplates.Build(_chain, new ShareTemplateRequest(
            miner, transactions,
            new MainchainWork(Main, MainHeight + 1, 0x20000000, Bits, (uint)_now, Subsidy(MainHeight + 1), []), _now));
        var solved = template.MainHeader;
        for (uint nonce = 0; !template.Header.Bits.IsMetBy(solved.Id.Value); nonce++)
        {
            solved = solved with { Nonce = nonce };
        }

        return template.ToShare(solved);
    }
}
