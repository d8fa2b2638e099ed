using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Light;
using Market.Chains.Mining;
using Market.Testing.Chains;
using NB = global::NBitcoin;

namespace Market.Client.NBitcoin.Tests;

/// <summary>Compact filters over Bitcoin's peer protocol (BIP157), from peers written here byte by byte.</summary>
public sealed class PeerFilterTests
{
    private const int Tip = 30;
    private const int Whole = 5;
    private const int PaidAt = 10;
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");
    private static readonly Script Own = Script.P2wsh(Coins.Owner(5));
    private static readonly List<Block> Line = Blocks();

    /// <summary>What a peer does otherwise than an honest one.</summary>
    public enum Oddness
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>Before each answer it sends filters that nobody asked for, or of a kind that nobody asked for.</summary>
        Unasked,

        /// <summary>One hash fewer than it was asked for.</summary>
        Short,

        /// <summary>The hashes of another row.</summary>
        OtherRow,

        /// <summary>It answers no question for filters.</summary>
        Mute,

        /// <summary>Its filters are larger than any block's.</summary>
        Large,
    }

    [Theory]
    [InlineData(Oddness.None)]
    [InlineData(Oddness.Unasked)]
    public async Task Old_blocks_are_passed_over_by_what_two_peers_agree_on(Oddness oddness)
    {
        var asked = new ConcurrentQueue<int>();
        await using var one = Serving(asked, oddness);
        await using var other = Serving(asked, oddness);
        await using var light = Open(one, other);
        await ReadAsync(light, 2);
        Assert.Equal(Enumerable.Range(Tip - Whole + 1, Whole), asked.Distinct().Order());

        Assert.Equal(PaidAt, Assert.Single(await light.GetCoinsAsync(Own)).Height);
        Assert.Equal([PaidAt, .. Enumerable.Range(Tip - Whole + 1, Whole)], asked.Distinct().Order());
        Assert.Equal(2, light.Sources.Length);
    }

    [Theory]
    [InlineData(Oddness.Short)]
    [InlineData(Oddness.OtherRow)]
    [InlineData(Oddness.Mute)]
    public async Task Where_one_does_not_answer_as_it_was_asked_old_blocks_are_read_whole(Oddness oddness)
    {
        var asked = new ConcurrentQueue<int>();
        await using var odd = Serving(asked, oddness);
        await using var honest = Serving(asked, Oddness.None);
        // Two of them leave a question open until its time is over. An honest one that is as late is asked again.
        await using var light = Open(TimeSpan.FromSeconds(4), odd, honest);
        await ReadAsync(light, 1);
        Assert.Equal(PaidAt, Assert.Single(await light.GetCoinsAsync(Own)).Height);
        Assert.Equal(Enumerable.Range(1, Tip), asked.Distinct().Order());
    }

    [Fact]
    public async Task Filters_larger_than_any_are_its_own_talk()
    {
        var asked = new ConcurrentQueue<int>();
        await using var one = Serving(asked, Oddness.Large);
        await using var other = Serving(asked, Oddness.Large);
        await using var light = Open(one, other);
        var trouble = "";
        await Eventually.TrueAsync(
            async () => (trouble = await light.GetTroubleAsync() ?? "").Contains("not believed", StringComparison.Ordinal),
            "them to be let go of");
        Assert.Contains("more than a peer has to say", trouble, StringComparison.Ordinal);
    }

    private static async Task ReadAsync(LightMainchain light, int sources) => await Eventually.TrueAsync(
        async () => light.Sources.Count(source => source.IsCurrent) >= sources && (await light.GetTipAsync()).Height == Tip
            && await light.GetTroubleAsync() is null, "the blocks to be read");

    private static LightMainchain Open(params HostilePeer[] peers) => Open(Eventually.Patience / 2, peers);

    private static LightMainchain Open(TimeSpan timeout, params HostilePeer[] peers)
    {
        var options = new PeerOptions
        {
            Named = [.. peers.Select(peer => peer.Address)],
            Greeting = Eventually.Patience / 2,
            Pause = TimeSpan.FromMilliseconds(100),
            Away = TimeSpan.FromSeconds(1),
            MostBytesAMinute = 100_000,
        };
        return new LightMainchain(
            Network, new AllAtOnce(new PeerPool(Network, options, TimeProvider.System), peers.Length), TimeProvider.System,
            new LightOptions
            {
                PollInterval = TimeSpan.FromMilliseconds(200),
                Timeout = timeout,
                WholeBlocks = Whole,
            });
    }

    private static List<Block> Blocks()
    {
        var blocks = new List<Block>();
        var parent = Network.Genesis;
        for (var height = 1; height <= Tip; height++)
        {
            var only = Coins.Spend(
                new OutPoint(new TxId(Network.Genesis.Id.Value), (uint)height), new Amount(50_000),
                height == PaidAt ? Own : Coins.Owner(3));
            parent = HeaderSolver.Solve(new BlockHeader(
                0x20000000, parent.Id, only.Id.Value, parent.Time + 600, Network.EasiestBits, 0))!;
            blocks.Add(new Block(parent, [only]));
        }

        return blocks;
    }

    private static HostilePeer Serving(ConcurrentQueue<int> asked, Oddness oddness) => new(
        async (_, stream, command, payload) =>
        {
            switch (command)
            {
                case "getheaders":
                    await stream.WriteAsync(HostilePeer.Message(
                        "headers", HostilePeer.Headers([.. Line.Select(block => block.Header)])));
                    break;
                case "getdata":
                    var height = HeightOf(payload.AsSpan(5, 32));
                    asked.Enqueue(height);
                    await stream.WriteAsync(HostilePeer.Message("block", Line[height - 1].ToArray()));
                    break;
                case "getcfheaders" or "getcfilters" when oddness != Oddness.Mute && payload[0] == 0:
                    var (from, to) = (BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(1)), HeightOf(payload.AsSpan(5)));
                    await (command == "getcfheaders"
                        ? SendHashesAsync(stream, from, to, oddness) : SendFiltersAsync(stream, from, to, oddness));
                    break;
                default:
                    break;
            }
        })
    { ServesFilters = true };

    private static async Task SendHashesAsync(NetworkStream stream, int from, int to, Oddness oddness)
    {
        var header = new byte[32];
        for (var height = 1; height < from; height++)
        {
            Hash256.DoubleSha256([.. HashOf(height), .. header]).CopyTo(header);
        }

        if (oddness == Oddness.OtherRow)
        {
            to--;
        }

        var hashes = Enumerable.Range(from, to - from + 1 - (oddness == Oddness.Short ? 1 : 0)).Select(HashOf).ToList();
        byte[] answer =
        [
            0, .. IdOf(to), .. header, .. new ByteWriter().CompactSize((ulong)hashes.Count).Written,
            .. hashes.SelectMany(each => each),
        ];
        if (oddness == Oddness.Unasked)
        {
            // Of a kind that nobody asked for, and of another row.
            await stream.WriteAsync(HostilePeer.Message("cfheaders", [1, .. IdOf(to), .. IdOf(1), .. answer[65..]]));
            await stream.WriteAsync(HostilePeer.Message("cfheaders", [0, .. new byte[64], 0]));
        }

        await stream.WriteAsync(HostilePeer.Message("cfheaders", answer));
    }

    private static async Task SendFiltersAsync(NetworkStream stream, int from, int to, Oddness oddness)
    {
        for (var height = from; height <= to; height++)
        {
            var filter = oddness == Oddness.Large ? new byte[CompactFilter.MostBytes + 1] : FilterOf(height);
            byte[] answer =
                [0, .. IdOf(height), .. new ByteWriter().CompactSize((ulong)filter.Length).Written, .. filter];
            if (oddness == Oddness.Unasked)
            {
                await stream.WriteAsync(HostilePeer.Message("cfilter", [1, .. IdOf(height), 1, 0]));
                await stream.WriteAsync(HostilePeer.Message("cfilter", [0, .. new byte[32], 1, 0]));
            }

            await stream.WriteAsync(HostilePeer.Message("cfilter", answer));
            if (oddness == Oddness.Unasked)
            {
                // The same once more, and another of the same block.
                await stream.WriteAsync(HostilePeer.Message("cfilter", [0, .. IdOf(height), 1, 0]));
            }
        }
    }

    // The library's own set, so that what is read here was not written here.
    private static byte[] FilterOf(int height)
    {
        var block = Line[height - 1];
        return new NB.GolombRiceFilterBuilder().SetKey(new NB.uint256(IdOf(height))).SetP(19).SetM(784_931)
            .AddEntries([.. block.Transactions[0].Outputs.Select(output => output.ScriptPubKey.ToArray())]).Build().ToBytes();
    }

    private static byte[] HashOf(int height) => Hash256.DoubleSha256(FilterOf(height)).ToArray();

    private static byte[] IdOf(int height) => Line[height - 1].Id.Value.ToArray();

    private static int HeightOf(ReadOnlySpan<byte> id)
    {
        var block = new BlockId(new Hash256(id));
        return Line.FindIndex(each => each.Id == block) + 1;
    }
}
