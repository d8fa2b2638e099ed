using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Rpc;
using Market.Client;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Api.Tests.Proof;

/// <summary>
/// A Bitcoin node of somebody else's making on regtest below the market. Shares are mined as any miner does: on
/// templates made from chains validated here, offered to the server, or on the node's own. On regtest every share is a
/// Bitcoin block too.
/// </summary>
/// <param name="kind">"bcoin" or "bitcoind".</param>
/// <param name="treasury">Is paid by the first blocks.</param>
/// <param name="isAhead">The chain's times are ahead of the clock, as they may be by two hours.</param>
/// <param name="more">More arguments for the node.</param>
internal class NodeGround(string kind, Script treasury, bool isAhead, params string[] more) : ProofGround
{
    // Segwit is active on bcoin's regtest from here, once its signals are counted.
    private const int SegwitHeight = 432;
    private const int TreasuryBlocks = 100;
    private const int Past = 7_200;
    private const int BlocksAtOnce = 20;

    // Pays another nobody: the same block at the same time would be the one that was made invalid.
    private static readonly Script Rival = Script.FromHex("0014" + new string('1', 40));
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // More than the time that parties have to give their keys, less than what nodes allow.
    private const int Ahead = 600;

    private TimeProvider? _clock;
    private NodeProcess? _node;
    private ChainSet? _miner;

    public override string Network => "regtest";

    /// <summary>True mines what the node's templates hold and nothing else.</summary>
    public bool OnItsTemplates { get; init; }

    /// <summary>Both chains as a miner follows them: every share is validated here.</summary>
    protected ChainSet Miner => _miner!;

    /// <summary>For an agent with a node of its own: this one.</summary>
    public RpcOptions Options => _node!.Options;

    /// <summary>The node, asked directly.</summary>
    public RpcMainchain Rpc { get; private set; } = null!;

    public override IEnumerable<string> ServerArguments
    {
        get
        {
            var url = new UriBuilder(Options.Address) { UserName = Options.User!, Password = Options.Password! };
            return ["--mainchain", url.Uri.AbsoluteUri];
        }
    }

    public override async Task BeginAsync(TimeProvider clock)
    {
        _clock = clock;
        _node = await NodeProcess.StartAsync(kind, more: more);
        Rpc = await RpcMainchain.ConnectAsync(Options);

        await SetTimeAsync(isAhead ? Ahead : -Past);
        await GenerateAsync(TreasuryBlocks, treasury);
        await GenerateAsync(SegwitHeight + 8 - TreasuryBlocks, Nobody);
        await TellTimeAsync();
    }

    public override async Task MeetAsync(Uri server, TimeProvider clock)
    {
        var sources = new ChainSources
        {
            Network = Network,
            Sharechain = Sharechain,
            Server = server,
            Node = OnItsTemplates ? Options : null,
        };
        _miner = await ChainSet.OpenAsync(sources, clock);
        await _miner.WaitLiveAsync().WaitAsync(Patience);
    }

    public override Task TellTimeAsync() => SetTimeAsync(0);

    public override async Task MineSharesAsync(int count, Script? payTo)
    {
        for (var i = 0; i < count; i++)
        {
            await CatchUpAsync();
            var next = await Miner.Sharechain.GetNextPayoutAsync();
            await PaysAsync(await FindAsync(payTo ?? Nobody), next, payTo ?? Nobody);
        }
    }

    public override async Task MineCoinsAsync(int count)
    {
        await GenerateAsync(count, Nobody);
        await CatchUpAsync();
    }

    public override async Task ReorganiseCoinsAsync(int from)
    {
        var depth = (await Rpc.GetTipAsync()).Height - from + 1;
        await Rpc.CallAsync("invalidateblock", default, (await Rpc.GetBlockIdAsync(from))!.Value.ToString());
        if (kind == "bcoin")
        {
            await GenerateAsync(depth + 1, Rival);
        }
        else
        {
            // Bitcoin Core's templates hold what was disconnected at once: the branch leaves it out.
            var address = BitcoinAddress.FromScript(Rival, Rpc.Network).ToString();
            for (var i = 0; i <= depth; i++)
            {
                await Rpc.CallAsync("generateblock", default, address, Array.Empty<string>());
            }
        }

        await CatchUpAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_miner is not null)
        {
            await _miner.DisposeAsync();
        }

        if (_node is not null)
        {
            await Rpc.DisposeAsync();
            await _node.DisposeAsync();
        }
    }

    /// <summary>Mines the next share, which is a Bitcoin block too.</summary>
    /// <returns>That block.</returns>
    protected virtual async Task<BlockId> FindAsync(Script payTo)
    {
        var share = ShareLab.Solve(await Miner.Sharechain.GetTemplateAsync(payTo));
        var result = await Miner.Sharechain.SubmitShareAsync(share);
        Assert.True(result.Code == SubmitCode.Accepted, $"{result.Code}: {result.Detail}");
        Assert.True(result.MainResult is { IsSuccess: true }, $"The share's block: {result.MainResult}");
        return result.MainBlock!.Value;
    }

    /// <summary>The node has the block, and it pays the winners and nobody else: by the chain that is validated here.</summary>
    protected async Task PaysAsync(BlockId id, NextPayout next, Script miner)
    {
        var paid = await PaidByAsync(id);
        var reward = new Amount(paid.Sum(output => output.Value.Sats));
        var drawn = next.Draws.IsEmpty ? miner : next.Draws[0].Coin.Payout!.Value;
        Assert.Equal(
            next.Holders.IsEmpty ? [new TxOut(reward, drawn)] : WindowSplit.Outputs(next.Holders.AsSpan(), reward), paid);
    }

    /// <summary>The outputs of value of a block's coinbase.</summary>
    protected async Task<TxOut[]> PaidByAsync(BlockId id) =>
        [.. (await Rpc.GetFullBlockAsync(id))!.Transactions[0].Outputs.Where(output => output.Value > Amount.Zero)];

    /// <summary>Waits until the miner has the node's tip.</summary>
    protected Task CatchUpAsync() => Eventually.TrueAsync(
        async () => (await Miner.Mainchain.GetTipAsync()).Id == (await Rpc.GetTipAsync()).Id,
        $"the miner has the node's tip ({Miner.Trouble})");

    // A few at a time: a loaded machine takes long over many, and a question has its limit.
    private async Task GenerateAsync(int count, Script payTo)
    {
        var address = BitcoinAddress.FromScript(payTo, Rpc.Network).ToString();
        for (var left = count; left > 0; left -= BlocksAtOnce)
        {
            await Rpc.CallAsync("generatetoaddress", default, Math.Min(left, BlocksAtOnce), address);
        }
    }

    private async Task SetTimeAsync(int offset) => await Rpc.CallAsync(
        "setmocktime", default, _clock!.GetUtcNow().ToUnixTimeSeconds() + offset);
}
