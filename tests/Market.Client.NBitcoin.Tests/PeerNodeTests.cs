using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Light;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Client.NBitcoin.Tests;

/// <summary>The light client against nodes of others' making, over Bitcoin's peer protocol.</summary>
public sealed class PeerNodeTests : IDisposable
{
    // bcoin's regtest activates segwit at 432.
    private const int Blocks = 440;

    private readonly PrivateKey _key = PrivateKey.Create([.. Enumerable.Repeat((byte)7, 32)]);
    private readonly string _folder = Directory.CreateTempSubdirectory("market-light-").FullName;

    public static TheoryData<string> Nodes => ["bcoin", "bitcoind"];

    private Script Own => Script.P2wpkh(_key.PublicKey);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Nodes))]
    public async Task Follows_finds_coins_relays_and_goes_on_after_a_restart(string kind)
    {
        var port = NodeHost.FreePort();
        await using var node = await NodeProcess.StartAsync(kind, false, [.. Listening(kind, port)]);
        await using var rpc = await RpcMainchain.ConnectAsync(node.Options);
        await GenerateAsync(rpc, Blocks);
        Hash256 tip;
        await using (var light = Open(port))
        {
            await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == Blocks, "the headers");
            Assert.Equal(await rpc.GetTipAsync(), await light.GetTipAsync());
            await light.WaitLiveAsync(TestContext.Current.CancellationToken);
            await SameBlocksAsync(rpc, light);
            await PaysAsync(rpc, light);
            tip = (await light.GetTipAsync()).Id;
        }

        await GenerateAsync(rpc, 2);
        await using var again = Open(port);
        Assert.NotNull(await again.GetHeaderAsync(new BlockId(tip)));
        await again.WaitLiveAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await again.GetTipAsync()).Id == (await rpc.GetTipAsync()).Id, "the new blocks");
        await Eventually.TrueAsync(async () => await again.GetTroubleAsync() is null, "the new blocks to be read");
        Assert.Equal(Sorted(await rpc.GetCoinsAsync(Own)), Sorted(await again.GetCoinsAsync(Own)));

        await ReorganiseAsync(rpc, again);
    }

    private static string[] Listening(string kind, int port) => kind == "bcoin"
        ? [
            "--listen=true", "--host=127.0.0.1", $"--port={port}", "--no-dns=true",

            // Else it asks a name server for its own address, for as long as that takes, before it listens.
            "--public-host=1.1.1.1", "--only=127.0.0.1:9",
        ]
        : ["-listen=1", $"-bind=127.0.0.1:{port}", "-whitelist=noban@127.0.0.1"];

    private static IEnumerable<OutPoint> Sorted(IEnumerable<UnspentOutput> coins) => coins.Select(coin => coin.OutPoint).Order();

    private static async Task SameBlocksAsync(RpcMainchain rpc, LightMainchain light)
    {
        foreach (var height in new[] { 1, Blocks })
        {
            var id = (await rpc.GetBlockIdAsync(height))!.Value;
            Assert.Equal(id, await light.GetBlockIdAsync(height));
            var (theirs, ours) = (await rpc.GetFullBlockAsync(new BlockId(id)), await light.GetFullBlockAsync(new BlockId(id)));
            Assert.Equal(theirs!.ToArray(), ours!.ToArray());
        }

        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.GetTemplateAsync());
        await Assert.ThrowsAsync<ChainUnavailableException>(
            async () => await light.FindUnspentAsync(new OutPoint(new TxId(Hash256.DoubleSha256([9])), 0)));
        Assert.True((await light.EstimateFeeAsync(2)).SatsPerKvB >= FeeRate.MinimumRelay.SatsPerKvB);
    }

    private async Task PaysAsync(RpcMainchain rpc, LightMainchain light)
    {
        var coins = await light.GetCoinsAsync(Own);
        Assert.Equal(Sorted(await rpc.GetCoinsAsync(Own)), Sorted(coins));

        var ours = Pay(coins[0], Coins.Owner(9));
        var answer = await light.BroadcastAsync(ours);
        Assert.True(answer.IsSuccess, answer.Detail);
        Assert.Single(answer.Answers);
        await Eventually.TrueAsync(
            async () => await rpc.FindTransactionAsync(ours.Id) is not null, "the node to keep what was sent");
        Assert.DoesNotContain(await light.GetCoinsAsync(Own), coin => coin.OutPoint == coins[0].OutPoint);

        var theirs = Pay(coins[1], Own);
        Assert.True((await rpc.BroadcastAsync(theirs)).IsSuccess);
        await Eventually.TrueAsync(
            async () => (await light.GetMempoolAsync()).Any(entry => entry.Transaction.Id == theirs.Id), "what others sent");
        Assert.Contains(await light.GetCoinsAsync(Own), coin => coin.OutPoint.TxId == theirs.Id && coin.Confirmations == 0);

        await GenerateAsync(rpc, 1);
        await Eventually.TrueAsync(
            async () => (await light.FindTransactionAsync(ours.Id))?.Confirmations == 1
                && (await light.FindTransactionAsync(theirs.Id))?.Confirmations == 1,
            "the confirmations");
    }

    private async Task ReorganiseAsync(RpcMainchain rpc, LightMainchain light)
    {
        var old = await light.GetTipAsync();
        await rpc.CallAsync("invalidateblock", default, old.Id.ToString());
        await GenerateAsync(rpc, 2, Coins.Owner(5));
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == old.Height + 1, "the other branch");
        Assert.False((await light.GetHeaderAsync(new BlockId(old.Id)))!.OnBestChain);
        await Eventually.TrueAsync(async () => await light.GetTroubleAsync() is null, "the other branch to be read");
        Assert.Equal(Sorted(await rpc.GetCoinsAsync(Own)), Sorted(await light.GetCoinsAsync(Own)));
    }

    private LightMainchain Open(int port)
    {
        var network = NetworkProfile.Of("regtest");
        var options = new PeerOptions
        {
            Named = [$"127.0.0.1:{port}"],
            Pause = TimeSpan.FromMilliseconds(200),
            Away = TimeSpan.FromSeconds(1),
        };
        return new LightMainchain(
            network, new PeerPool(network, options, TimeProvider.System), TimeProvider.System,
            new LightOptions { PollInterval = TimeSpan.FromMilliseconds(500), Folder = _folder });
    }

    private async Task GenerateAsync(RpcMainchain rpc, int count, Script? to = null)
    {
        var script = to is { } other ? Script.P2wsh(other) : Own;
        await rpc.CallAsync("generatetoaddress", default, count, BitcoinAddress.FromScript(script, rpc.Network).ToString());
    }

    private Transaction Pay(UnspentOutput coin, Script to)
    {
        var unsigned = new Transaction(
            2, [new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence)],
            [new TxOut(new Amount(coin.Output.Value.Sats - 10_000), to)], 0);
        var precomputed = new PrecomputedTransaction(unsigned, [coin.Output]);
        var signature = _key.SignEcdsa(precomputed.P2wpkhSighash(0, _key.PublicKey.Hash160));
        var witness = new Witness(signature.ToScriptItem(), _key.PublicKey.Span.ToArray());
        return new Transaction(2, [unsigned.Inputs[0] with { Witness = witness }], unsigned.Outputs, 0);
    }
}
