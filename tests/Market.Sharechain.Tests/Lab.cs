using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>A mainchain of headers that grows when told to.</summary>
internal sealed class PlainMainchain : IMainchainView
{
    public static readonly CompactTarget Bits = new(0x207fffff);

    /// <summary>Median time past of every block, Unix seconds: before the chain of <see cref="Lab.Easy"/> begins.</summary>
    public static readonly uint MedianTimePast = SharechainProfiles.P2ShareDevnet.Genesis.Time - 600;

    private readonly Dictionary<BlockId, MainchainPoint> _points = [];
    private readonly Dictionary<BlockId, BlockId> _parents = [];

    public PlainMainchain() => Tip = Add(new BlockId(Hash256.DoubleSha256([1])), 100);

    public MainchainPoint Tip { get; private set; }

    public Amount SubsidyNow { get; set; } = new(50 * Amount.Coin);

    /// <summary>Ancestors below this are not known, as where a node has just begun.</summary>
    public int Forgotten { get; set; }

    public MainchainPoint Grow(BlockId? block = null, MainchainPoint? onTop = null)
    {
        var under = onTop ?? Tip;
        var id = block is { } named && !_points.ContainsKey(named)
            ? named
            : new BlockId(Hash256.DoubleSha256([.. under.Id.Value.ToArray(), .. onTop is null ? [] : "rival"u8]));
        _parents[id] = under.Id;
        Tip = Add(id, under.Height + 1);
        return Tip;
    }

    public void Grow(int count)
    {
        for (; count > 0; count--)
        {
            Grow();
        }
    }

    public BlockId? Ancestor(BlockId from, int height)
    {
        for (var at = from; height >= Forgotten && _points.TryGetValue(at, out var point);
            at = _parents.GetValueOrDefault(at))
        {
            if (point.Height == height)
            {
                return at;
            }
        }

        return null;
    }

    public MainchainPoint? Find(BlockId id) => _points.GetValueOrDefault(id);

    public Amount Subsidy(int height) => SubsidyNow;

    private MainchainPoint Add(BlockId id, int height) => _points[id] = new MainchainPoint(id, height, Bits, MedianTimePast);
}

/// <summary>One node with a clock that is set by hand, and a miner that finds shares at once.</summary>
internal sealed class Lab
{
    public static readonly SharechainProfile Easy = EasyOf(SharechainProfiles.P2ShareDevnet) with { Name = "test" };

    /// <summary>A row of which every second hash makes a share.</summary>
    public static SharechainProfile EasyOf(SharechainProfile row) => row with
    {
        EasiestBits = new CompactTarget(0x207fffff),
        ReanchorAfter = null,
        Genesis = row.Genesis with { Bits = new CompactTarget(0x207fffff) },
    };

    public Lab(SharechainProfile? profile = null, PlainMainchain? mainchain = null, IScriptRules? scripts = null)
    {
        Profile = profile ?? Easy;
        Mainchain = mainchain ?? new PlainMainchain();
        Scripts = scripts ?? InterpreterRules.Consensus;
        Store = new MemoryShareStore();
        Chain = ShareChain.Create(Profile, Scripts, Store);
        Now = Profile.Genesis.Time;
    }

    public SharechainProfile Profile { get; }

    public PlainMainchain Mainchain { get; }

    public IScriptRules Scripts { get; }

    public MemoryShareStore Store { get; }

    public ShareChain Chain { get; }

    public SharechainState State => Chain.State;

    public long Now { get; set; }

    /// <summary>Weak shares that the next templates name where they may.</summary>
    public List<NamedShare> Weak { get; } = [];

    /// <summary>Anybody can spend it; each number is another script.</summary>
    public static Script Owner(int number) => Bytes([2, (byte)number, (byte)(number >> 8), 0x75, 0x51]);

    /// <summary>Anybody can spend it with the script as witness.</summary>
    public static Script AnybodysWitness { get; } = Script.P2wsh(Bytes([0x51]));

    public static Transaction Spend(
        OutPoint outPoint, ImmutableArray<TxOut> outputs, uint lockTime = 0, uint sequence = TxIn.FinalSequence) =>
        new(2, [new TxIn(outPoint, Script.Empty, sequence)], outputs, lockTime);

    public static Script Bytes(byte[] script) => new(script);

    /// <summary>A share proved on another mainchain block.</summary>
    public ShareBlock OnMain(ShareBlock share, MainchainPoint point) => Forge(
        share,
        main: header => header with { Previous = point.Id },
        coinbase: made => new Transaction(
            made.Version,
            [made.Inputs[0] with { ScriptSig = Bytes([.. CoinbaseHeight.Push(point.Height + 1), 0]) }],
            made.Outputs,
            made.LockTime));

    public static Transaction Spend(ShareCoin coin, Script to, long fee = 0) =>
        Spend(coin.OutPoint, [new TxOut(coin.Value - new Amount(fee), to)]);

    public ShareTemplate Template(Script? miner = null, params Transaction[] transactions) =>
        ShareTemplates.Build(Chain, new ShareTemplateRequest(
            miner ?? Owner(1), [.. transactions], Work(), Now)
        {
            Weak = [.. Weak.Where(share => Chain.CheckNamed(share, Mainchain, Now).IsValid)],
        });

    public MainchainWork Work() => new(
        Mainchain.Tip.Id, Mainchain.Tip.Height + 1, 0x20000000, PlainMainchain.Bits,
        (uint)Math.Max(Now, PlainMainchain.MedianTimePast + 1L),
        Mainchain.SubsidyNow, []);

    public static ShareBlock Mine(ShareTemplate template) =>
        template.ToShare(Solve(template.MainHeader, template.Header.Bits));

    /// <summary>A share of too little work for the chain, and enough for its miner's own target.</summary>
    public NamedShare MineWeak(Script? miner = null)
    {
        Now += Profile.TargetSpacing;
        var template = Template(miner);
        for (uint nonce = 0; ; nonce++)
        {
            var solved = template.MainHeader with { Nonce = nonce };
            if (template.Header.WeakBits.IsMetBy(solved.Id.Value) && !template.Header.Bits.IsMetBy(solved.Id.Value))
            {
                return NamedShare.Of(template.ToShare(solved));
            }
        }
    }

    public static BlockHeader Solve(BlockHeader header, CompactTarget bits, bool solved = true)
    {
        for (uint nonce = 0; ; nonce++)
        {
            var tried = header with { Nonce = nonce };
            if (bits.IsMetBy(tried.Id.Value) == solved)
            {
                return tried;
            }
        }
    }

    /// <summary>A valid share on the tip, two seconds later.</summary>
    public ShareBlock Next(Script? miner = null, params Transaction[] transactions)
    {
        Now += Profile.TargetSpacing;
        var block = Mine(Template(miner, transactions));
        Assert.Equal(transactions.Length + 1, block.Transactions.Length);
        return block;
    }

    public ShareBlock Add(Script? miner = null, params Transaction[] transactions)
    {
        var block = Next(miner, transactions);
        var submission = Submit(block);
        Assert.Equal(ShareRefusal.None, submission.Verdict.Refusal);
        Assert.Equal(ShareOutcome.NewTip, submission.Outcome);
        return block;
    }

    public void AddMany(int count, Script? miner = null)
    {
        for (var i = 0; i < count; i++)
        {
            Add(miner);
        }
    }

    public ShareSubmission Submit(ShareBlock block) => Chain.Submit(block, Mainchain, Now);

    public void AssertRefused(ShareRefusal refusal, ShareBlock block)
    {
        var before = State.StateHash();
        var submission = Submit(block);
        Assert.Equal(refusal, submission.Verdict.Refusal);
        Assert.Equal(refusal.IsDeferred() ? ShareOutcome.Deferred : ShareOutcome.Refused, submission.Outcome);
        Assert.Null(submission.Change);
        Assert.Equal(submission, Submit(block));
        Assert.Equal(before, State.StateHash());
        Assert.Null(Chain.Find(block.Id));
    }

    /// <summary>Another node that knows what this one knows.</summary>
    public Lab Twin()
    {
        var twin = new Lab(Profile, Mainchain, Scripts) { Now = Now };
        foreach (var share in Store.Shares)
        {
            twin.Submit(share.Block);
        }

        Assert.Equal(State.StateHash(), twin.State.StateHash());
        return twin;
    }

    /// <summary>The same share, naming others and paying them.</summary>
    public ShareBlock Naming(ShareBlock block, params NamedShare[] named)
    {
        var minting = Minting.Of(Profile, (int)block.Header.Height, block.Header.Bits, [.. named]);
        var sharebase = new Transaction(
            2, block.Transactions[0].Inputs, [new TxOut(minting.Own, Owner(1)), .. minting.Named], 0);
        return Forge(block, transactions: block.Transactions.SetItem(0, sharebase), named: [.. named]);
    }

    /// <summary>A share put together anew, with real work, so that one rule at a time can be broken.</summary>
    public ShareBlock Forge(
        ShareBlock from,
        ImmutableArray<Transaction>? transactions = null,
        Func<ShareHeader, ShareHeader>? header = null,
        Func<Hash256, ImmutableArray<TxOut>, ImmutableArray<TxOut>>? outputs = null,
        Func<BlockHeader, BlockHeader>? main = null,
        Func<Transaction, Transaction>? coinbase = null,
        bool solved = true,
        ImmutableArray<NamedShare>? named = null)
    {
        var body = transactions ?? from.Transactions;
        var changed = from.Header with
        {
            TxRoot = body.IsEmpty ? Hash256.Zero : LedgerMerkle.Root(body, out _),
            WitnessRoot = body.IsEmpty ? Hash256.Zero : WitnessCommitment.WitnessRoot(body.AsSpan()),
        };
        var shares = named ?? from.Named;
        if (named is not null)
        {
            changed = Profile.Weak is null
                ? changed with { Uncles = [.. shares.Select(share => share.Id)] }
                : changed with { WeakRoot = MerkleTree.Root([.. shares.Select(share => share.Id.Value)]) };
        }

        changed = header?.Invoke(changed) ?? changed;
        var paid = from.Proof.MainCoinbase.Outputs
            .Select(output => output.Value == Amount.Zero && ShareCommitment.Read(output) is not null
                ? ShareCommitment.Output(changed.Commitment)
                : output)
            .ToImmutableArray();
        paid = outputs?.Invoke(changed.Commitment, paid) ?? paid;
        var old = from.Proof.MainCoinbase;
        var made = new Transaction(old.Version, old.Inputs, paid, old.LockTime);
        made = coinbase?.Invoke(made) ?? made;
        var root = LedgerMerkle.FoldFirst(made.Id.Value, from.Proof.Branch.AsSpan());
        var mainHeader = from.Proof.MainHeader with { MerkleRoot = root };
        mainHeader = main?.Invoke(mainHeader) ?? mainHeader;
        return new ShareBlock(
            changed, new WorkProof(Solve(mainHeader, changed.Bits, solved), made, from.Proof.Branch), body)
        {
            Named = shares,
        };
    }
}
