using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>The validator alone, in memory, on a mainchain of one block.</summary>
internal sealed class PureChain(IScriptRules scripts)
{
    private readonly OneBlock _main = new();

    public ShareChain Chain { get; } = ShareChain.Create(BenchRules.Profile, scripts, new MemoryShareStore());

    /// <summary>Unix seconds.</summary>
    public long Now { get; set; } = BenchRules.Profile.Genesis.Time;

    /// <summary>Mines a share on the tip, one spacing later, and takes it.</summary>
    public ShareBlock Add(Script miner, params ReadOnlySpan<Transaction> transactions)
    {
        Now += BenchRules.Profile.TargetSpacing;
        var share = BenchRules.Mine(ShareTemplates.Build(Chain, new ShareTemplateRequest(
            miner, [.. transactions],
            new MainchainWork(
                _main.Point.Id, _main.Point.Height + 1, 0x20000000, _main.Point.NextBits, (uint)Now,
                _main.Subsidy(_main.Point.Height + 1), []),
            Now)));
        if (share.Transactions.Length != transactions.Length + 1)
        {
            throw new InvalidOperationException("Not all transactions found room in the share.");
        }

        Take(share);
        return share;
    }

    /// <summary>Offers a share that becomes the tip.</summary>
    public void Take(ShareBlock share)
    {
        Now = Math.Max(Now, share.Header.Time);
        var submission = Chain.Submit(share, _main, Now);
        if (submission.Outcome != ShareOutcome.NewTip)
        {
            throw new InvalidOperationException($"A share that is right was not taken: {submission.Verdict}.");
        }
    }

    private sealed class OneBlock : IMainchainView
    {
        public MainchainPoint Point { get; } = new(
            new BlockId(Hash256.DoubleSha256([1])), 100, new CompactTarget(0x1e3fffc0), BenchRules.Profile.Genesis.Time - 600);

        public MainchainPoint? Find(BlockId id) => id == Point.Id ? Point : null;

        public Amount Subsidy(int height) => new(50 * Amount.Coin);
    }
}
