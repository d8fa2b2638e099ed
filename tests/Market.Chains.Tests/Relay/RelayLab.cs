using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains.Mainchain;
using Market.Chains.Mining;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Relay;

/// <summary>One lab for each kind of node, for all tests of a class.</summary>
public sealed class RelayLabs : IAsyncDisposable
{
    private readonly Dictionary<string, Task<RelayLab>> _labs = [];

    internal Task<RelayLab> OfAsync(string kind)
    {
        if (!_labs.TryGetValue(kind, out var lab))
        {
            _labs[kind] = lab = RelayLab.StartAsync(kind);
        }

        return lab;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lab in _labs.Values.Where(lab => lab.IsCompletedSuccessfully))
        {
            await (await lab).DisposeAsync();
        }
    }
}

/// <summary>A node that relays standard transactions only, and blocks that hold what the cases spend.</summary>
internal sealed class RelayLab : IAsyncDisposable
{
    // bcoin's regtest activates segwit at 432; the first coinbases are mature long before.
    private const int Blocks = 435;
    private static readonly Amount FundingFee = new(5_000_000);

    private readonly NodeProcess _node;

    private RelayLab(NodeProcess node, RpcMainchain chain) => (_node, Chain) = (node, chain);

    public RpcMainchain Chain { get; }

    /// <summary>As getnetworkinfo writes it, such as 310000; nought for another node than Bitcoin Core.</summary>
    public int CoreVersion { get; private init; }

    public static async Task<RelayLab> StartAsync(string kind)
    {
        var node = await NodeProcess.StartAsync(kind, standardOnly: true);
        var chain = await RpcMainchain.ConnectAsync(node.Options);
        var info = await chain.CallAsync("getnetworkinfo", default);
        var isCore = info.GetProperty("subversion").GetString()!.StartsWith("/Satoshi:", StringComparison.Ordinal);
        var lab = new RelayLab(node, chain) { CoreVersion = isCore ? info.GetProperty("version").GetInt32() : 0 };
        await chain.CallAsync(
            "generatetoaddress", default, Blocks, BitcoinAddress.FromScript(Spending.Own, chain.Network).ToString());
        return lab;
    }

    /// <summary>Offers transactions one after the other; returns those that the mempool then holds, and reasons.</summary>
    /// <param name="offered">What to offer.</param>
    /// <param name="last">One that is sure to be taken: once it is there, those before have been judged.</param>
    public async Task<(HashSet<TxId> Taken, Dictionary<TxId, string> Reasons)> OfferAsync(
        IEnumerable<Transaction> offered, Transaction last)
    {
        // Bitcoin Core's RPC, not its mempool, refuses high fees and money burnt where it is not told otherwise.
        object[] limits = CoreVersion > 0 ? [0, Amount.MaxMoney / Amount.Coin] : [];
        var reasons = new Dictionary<TxId, string>();
        foreach (var transaction in offered)
        {
            try
            {
                await Chain.CallAsync("sendrawtransaction", default, [transaction.ToHex(), .. limits]);
            }
            catch (RpcException refusal)
            {
                reasons[transaction.Id] = refusal.Message;
            }
        }

        // bcoin answers before it has judged.
        var result = await Chain.BroadcastAsync(last);
        Assert.True(result.IsSuccess, $"{result.Code}: {result.Detail}");
        var pool = await Chain.CallAsync("getrawmempool", default);
        return ([.. pool.EnumerateArray().Select(id => TxId.Parse(id.GetString()!))], reasons);
    }

    /// <summary>Confirms outputs, whatever they are: blocks may hold what nodes do not relay.</summary>
    public async Task<ImmutableArray<RelayCoin>> FundAsync(IReadOnlyList<TxOut> outputs)
    {
        var coin = await Coins.MatureAsync(Chain, Spending.Own);
        var total = outputs.Sum(output => output.Value.Sats);
        var unsigned = new Transaction(
            2,
            [new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence)],
            [.. outputs, new TxOut(new Amount(coin.Output.Value.Sats - total - FundingFee.Sats), Spending.Own)],
            0);
        var funding = TransactionSigner.Sign(unsigned, [coin.Output], _ => Spending.Key(1));
        await MineAsync(funding);
        return [.. outputs.Select((_, i) => new RelayCoin(funding, (uint)i))];
    }

    public async ValueTask DisposeAsync()
    {
        await Chain.DisposeAsync();
        await _node.DisposeAsync();
    }

    private async Task MineAsync(Transaction transaction)
    {
        var tip = await Chain.GetTipAsync();
        var header = (await Chain.GetHeaderAsync(new BlockId(tip.Id)))!;
        var block = BlockAssembler.Assemble(
            new BlockId(tip.Id), tip.Height + 1, header.MedianTimePast + 1, header.Header.Bits, [transaction], Spending.Own,
            MainParameters.Regtest.Issuance.At(tip.Height + 1), 1);
        var result = await Chain.SubmitBlockAsync(block with { Header = HeaderSolver.Solve(block.Header)! });
        Assert.True(result.IsSuccess, $"{result.Code}: {result.Detail}");
    }
}
