using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Client;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Api.Tests.Proof;

/// <summary>
/// A miner who did not hear of the newest shares: with a node of its own it builds a branch that holds no transactions,
/// and offers it to the server as any miner does. Real work, the sharechain's own fork choice.
/// </summary>
internal sealed class RivalMiner : IAsyncDisposable
{
    private const int MostShares = 30;
    private static readonly Script Own = Script.FromHex("0014" + new string('7', 40));

    private readonly ChainSet _market;
    private readonly ShareNode _node;

    private RivalMiner(ChainSet market, ShareNode node) => (_market, _node) = (market, node);

    /// <summary>A rival who knows the best chain up to a height, and nothing above it.</summary>
    public static async Task<RivalMiner> OpenAsync(ProofMarket market, int height)
    {
        var chains = await ChainSet.OpenAsync(market.Address, market.Ground.Network, null, market.Clock);
        await chains.WaitLiveAsync().WaitAsync(Eventually.Patience);
        var node = await ShareNode.OpenAsync(
            SharechainProfile.Of(market.Ground.Network), InterpreterRules.Consensus, new MemoryBlockStore(),
            chains.Mainchain, market.Clock);
        var rival = new RivalMiner(chains, node);
        for (var at = 1; at <= height; at++)
        {
            var id = await chains.Sharechain.GetBlockIdAsync(at);
            var share = await chains.Sharechain.GetShareAsync(new ShareId(id!.Value));
            Assert.Equal(SubmitCode.Accepted, (await node.SubmitShareAsync(share!)).Code);
        }

        return rival;
    }

    /// <summary>Mines until the market follows this branch.</summary>
    public async Task OvertakeAsync()
    {
        for (var mined = 0; (await _market.Sharechain.GetTipAsync()).Id != (await _node.GetTipAsync()).Id; mined++)
        {
            Assert.True(mined < MostShares, "The branch has more shares than the market's, and is not followed.");
            await MineAsync();
        }
    }

    /// <summary>One more share without transactions, on this branch.</summary>
    public async Task MineAsync()
    {
        var share = ShareLab.Solve(await _node.GetTemplateAsync(Own));
        Assert.Single(share.Transactions);
        Assert.Equal(SubmitCode.Accepted, (await _node.SubmitShareAsync(share)).Code);
        var taken = await _market.Sharechain.SubmitShareAsync(share);
        Assert.True(taken.IsSuccess, $"{taken.Code}: {taken.Detail}");
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _market.DisposeAsync();
    }
}
