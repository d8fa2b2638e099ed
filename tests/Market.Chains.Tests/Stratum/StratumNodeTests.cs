using System.Net;
using Market.Bitcoin;
using Market.Chains.Rpc;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>
/// From a miner's line to a Bitcoin block of a node of somebody else's making: what Stratum gave is hashed, the share is taken, the
/// block is in the node's chain, and its coinbase pays whom the sharechain drew, who can spend it when it is mature.
/// </summary>
public sealed class StratumNodeTests
{
    // bcoin's regtest activates segwit at 432.
    private const int Blocks = 440;
    private const int BlocksAtOnce = 60;

    private readonly PrivateKey _key = PrivateKey.Create([.. Enumerable.Repeat((byte)5, 32)]);

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var kind in new[] { "bcoin", "bitcoind" })
            {
                cases.Add(kind, "p2share-devnet");
                cases.Add(kind, "p2share-weak-devnet");
                cases.Add(kind, "p2poolv2-devnet");
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_miner_s_result_becomes_a_share_and_a_Bitcoin_block_that_pays_the_winner(string kind, string row)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var main = await RpcMainchain.ConnectAsync(node.Options);
        var treasury = Script.P2wpkh(_key.PublicKey);
        await GenerateAsync(main, treasury, Blocks);
        var waiting = Coins.Pay(_key, (await main.GetCoinsAsync(treasury))[0], Coins.Owner(9));
        Assert.True((await main.BroadcastAsync(waiting)).IsSuccess);
        await using var shares = await ShareNode.OpenAsync(
            SharechainProfile.Find(row)!, InterpreterRules.Consensus, new MemoryBlockStore(), main, TimeProvider.System,
            cancellation: TestContext.Current.CancellationToken);
        var options = new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) };
        await using var server = new StratumServer(shares, main, options, TimeProvider.System);
        server.Start();
        var winner = Script.P2wsh(Coins.Owner(4));
        var user = BitcoinAddress.FromScript(winner, shares.Network) + ".cpu";
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, user);
        var height = (await main.GetTipAsync()).Height;

        // Until somebody holds what is mature, a miner pays itself; from then on those who are drawn, who are the same miner here.
        for (var found = 1; found <= shares.Profile.Maturity + 2; found++)
        {
            var before = await shares.GetTipAsync();
            await MineAsync(miner, user, await ShareDifficultyAsync(shares, winner));
            await Eventually.TrueAsync(
                async () => (await shares.GetTipAsync()).Height > before.Height
                    && (await main.GetTipAsync()).Height >= height + found,
                "a share, and a block of the node");
            await NewestWork.HearAsync(miner, server, winner, shares, main);
        }

        await Eventually.TrueAsync(
            () => server.Report().Blocks.Length >= shares.Profile.Maturity + 2, "the node's answers to be told");
        Assert.All(
            server.Report().Blocks,
            found => Assert.Equal((SubmitCode.Accepted, ""), (found.Result!.Code, found.Result.Detail)));
        var last = (await main.GetFullBlockAsync(server.Report().Blocks[^1].Block))!;
        Assert.Equal(winner, last.Transactions[0].Outputs[0].ScriptPubKey);
        var block = (await main.GetFullBlockAsync(server.Report().Blocks[0].Block))!;
        Assert.Equal(winner, block.Transactions[0].Outputs[0].ScriptPubKey);
        Assert.Equal(waiting.Id, block.Transactions[1].Id);
        Assert.NotNull(await main.FindTransactionAsync(waiting.Id));

        // The winner spends it: anybody with the script could.
        await GenerateAsync(main, treasury, main.CoinbaseMaturity);
        var paid = block.Transactions[0];
        var spend = new Transaction(
            2,
            [new TxIn(new OutPoint(paid.Id, 0), Script.Empty, TxIn.FinalSequence, new Witness(Coins.Owner(4).ToArray()))],
            [new TxOut(paid.Outputs[0].Value - new Amount(1_000), treasury)], 0);
        Assert.Equal(BroadcastCode.Accepted, (await main.BroadcastAsync(spend)).Code);
    }

    // A row may ask its miners for less.
    private static async Task<double> ShareDifficultyAsync(ShareNode shares, Script miner)
    {
        Assert.True((await shares.GetTemplateAsync(miner)).ShareTarget.TryExpand(out var target));
        return 1.001 * StratumDifficulty.Of(target);
    }

    private static async Task MineAsync(StratumClient miner, string user, double difficulty)
    {
        // A late one is mined anew: the node may have told of a block between the two.
        for (var tries = 0; ; tries++)
        {
            var code = await miner.SubmitAsync(miner.Wire.Mine(user, $"{tries:x8}", difficulty: difficulty));
            if (code == 0)
            {
                return;
            }

            Assert.True(code == 21 && tries < 100, $"Refused with {code}.");
        }
    }

    private static async Task GenerateAsync(RpcMainchain main, Script payTo, int count)
    {
        var address = BitcoinAddress.FromScript(payTo, main.Network).ToString();
        for (var left = count; left > 0; left -= BlocksAtOnce)
        {
            await main.CallAsync("generatetoaddress", default, Math.Min(left, BlocksAtOnce), address);
        }
    }
}
