using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>A node of the sharechain that mines shares when told to.</summary>
internal sealed class BenchNode(ShareNode node, HandClock clock) : IAsyncDisposable
{
    public ShareNode Chain => node;

    /// <summary>The mainchain below: its first block alone, whose target no share of the bench meets but by luck.</summary>
    public static Task<EmbeddedMainchain> OpenMainAsync(HandClock clock) => EmbeddedMainchain.OpenAsync(
        new EmbeddedMainchainOptions { TreasuryScript = Owners.Nobody(0), PremineBlocks = 0, Mine = false },
        BenchRules.AsShipped(), new MemoryBlockStore(), clock);

    public static async Task<BenchNode> OpenAsync(IBlockStore store, IMainchain main, HandClock clock) => new(
        await ShareNode.OpenAsync(BenchRules.Profile, BenchRules.AsShipped(), store, main, clock), clock);

    /// <summary>A share on the tip, one spacing later, that nobody was told of yet.</summary>
    public async Task<ShareBlock> MakeAsync(Script miner)
    {
        clock.Seconds += BenchRules.Profile.TargetSpacing;
        return BenchRules.Mine(await node.GetTemplateAsync(miner));
    }

    /// <summary>Mines a share on the tip and takes it.</summary>
    public async Task<ShareBlock> MineAsync(Script miner)
    {
        var share = await MakeAsync(miner);
        await TakeAsync(share, SubmitCode.Accepted);
        return share;
    }

    /// <summary>Offers a share.</summary>
    public async Task TakeAsync(ShareBlock share, SubmitCode expected)
    {
        var result = await node.SubmitShareAsync(share);
        if (result.Code != expected)
        {
            throw new InvalidOperationException($"A share was {result.Code}, not {expected}: {result.Detail}");
        }
    }

    /// <summary>Has an unconfirmed transaction wait for the next share.</summary>
    public async Task SendAsync(Transaction transaction)
    {
        var result = await node.BroadcastAsync(transaction);
        if (!result.IsSuccess)
        {
            throw new InvalidOperationException($"A transaction was not taken: {result.Code} {result.Detail}");
        }
    }

    /// <summary>Mines until so many coins of the bench's own are spendable.</summary>
    /// <returns>The coins, and all shares mined.</returns>
    public async Task<(Queue<OwnCoin> Coins, List<ShareBlock> Shares)> EndowAsync(int coins)
    {
        const int most = 6_000;
        var shares = new List<ShareBlock>();
        var fans = (coins + most - 1) / most;
        for (var i = 0; i < fans + BenchRules.Profile.Maturity; i++)
        {
            shares.Add(await MineAsync(Owners.ScriptOf(0)));
        }

        var own = new Queue<OwnCoin>();
        foreach (var first in shares.Take(fans).SelectMany(share => Owners.CoinsOf(share.Transactions[0])).ToList())
        {
            // Small enough to be relayed; a fan that is not goes in two steps.
            var halves = Owners.FanOut(first, 8, fee: 1_000_000);
            await SendAsync(halves);
            shares.Add(await MineAsync(Owners.ScriptOf(0)));
            foreach (var fan in Owners.CoinsOf(halves).Select(half => Owners.FanOut(half, most / 8, fee: 1_000_000)).ToList())
            {
                await SendAsync(fan);
                foreach (var coin in Owners.CoinsOf(fan))
                {
                    own.Enqueue(coin);
                }
            }

            while (await node.CountUnconfirmedAsync() > 0)
            {
                shares.Add(await MineAsync(Owners.ScriptOf(0)));
            }
        }

        return (own, shares);
    }

    public ValueTask DisposeAsync() => node.DisposeAsync();
}
