using System.Net;
using System.Net.Sockets;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Light;
using Market.Chains.Mining;
using Market.Testing.Chains;

namespace Market.Client.NBitcoin.Tests;

/// <summary>Peers that lie, send garbage, say nothing or flood cost a light client its time for them and nothing else.</summary>
public sealed class HostilePeerTests
{
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");
    private static readonly PeerOptions Quick = new()
    {
        Greeting = Eventually.Patience / 2,
        Pause = TimeSpan.FromMilliseconds(100),
        Away = TimeSpan.FromSeconds(1),
        Offer = Eventually.Patience / 2,
        MostBytesAMinute = 100_000,
    };

    private static readonly LightOptions Often = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(200),
        Timeout = Eventually.Patience / 2,
    };

    [Fact]
    public async Task One_that_sends_headers_without_work_is_not_spoken_to_again_and_the_honest_one_is_followed()
    {
        var chain = Branch(Network.Genesis, 3);
        var idle = chain[^1] with { Nonce = chain[^1].Nonce + 1 };
        while (idle.MeetsOwnTarget)
        {
            idle = idle with { Nonce = idle.Nonce + 1 };
        }

        await using var liar = Telling(chain[0], chain[1], idle);
        var asked = 0;
        await using var honest = new HostilePeer(async (_, stream, command, _) =>
        {
            if (command == "getheaders")
            {
                Interlocked.Increment(ref asked);
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers([.. chain])));
            }
        });
        await using var light = Open(liar, honest);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == chain[^1].Id.Value, "the honest tip");
        await Eventually.TrueAsync(() => light.Sources.Length == 1, "the liar to be let go of");

        // For longer than one that was merely away would be left alone.
        var (before, then) = (liar.Connections, Volatile.Read(ref asked));
        await Eventually.TrueAsync(
            () => Volatile.Read(ref asked) - then > 3 * (Quick.Away / Often.PollInterval), "the honest one to be asked on");
        Assert.Equal(before, liar.Connections);
        Assert.Equal(honest.Address, light.Sources.Single().Source);
    }

    [Fact]
    public async Task One_that_sends_another_block_than_asked_for_is_let_go_of()
    {
        var real = Coins.Spend(new OutPoint(default, 0), new Amount(5_000), Coins.Owner(3));
        var header = HeaderSolver.Solve(new BlockHeader(
            0x20000000, Network.Genesis.Id, real.Id.Value, Network.Genesis.Time + 600, Network.EasiestBits, 0))!;
        var block = new Block(header, [real]);
        var changed = block with { Transactions = [Coins.Spend(new OutPoint(default, 0), new Amount(5_000), Coins.Owner(4))] };
        await using var liar = Serving(block.Header, changed);
        await using var light = Open(liar);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == 1, "the header");
        await Assert.ThrowsAsync<Market.Chains.ChainUnavailableException>(async () => await light.GetBlockAsync(block.Id.Value));
        await Eventually.TrueAsync(() => light.Sources.IsEmpty, "the liar to be let go of");
        var trouble = "";
        await Eventually.TrueAsync(
            async () => (trouble = await light.GetTroubleAsync() ?? "").Contains("not believed", StringComparison.Ordinal),
            "the reason to be told");
        Assert.True(trouble.Contains("transactions are not those", StringComparison.Ordinal), trouble);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_sends_garbage_or_nothing_stops_nobody(bool silent)
    {
        var chain = Branch(Network.Genesis, 2);
        await using var odd = new HostilePeer((_, _, _, _) => Task.CompletedTask)
        {
            IsSilent = silent,
            InPlaceOfGreeting = silent ? null : [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))],
        };
        await using var honest = Telling([.. chain]);
        await using var light = Open(Often, Pool(odd, honest));
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == chain[^1].Id.Value, "the honest tip");
        Assert.Equal(honest.Address, light.Sources.Single().Source);
    }

    [Fact]
    public async Task One_that_greets_before_it_is_greeted_is_heard_at_its_first_connection()
    {
        var chain = Branch(Network.Genesis, 2);
        for (var i = 0; i < 20; i++)
        {
            await using var early = new HostilePeer(Teller([.. chain])) { GreetsFirst = true };
            await using var light = Open(Often, early);
            await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == chain[^1].Id.Value, "its tip");
            Assert.Equal(1, early.Connections);
        }
    }

    [Fact]
    public async Task One_that_greets_and_never_answers_is_dropped_and_the_other_is_followed()
    {
        var chain = Branch(Network.Genesis, 2);
        await using var mute = new HostilePeer((_, _, _, _) => Task.CompletedTask);
        await using var honest = Telling([.. chain]);
        await using var light = Open(Often with { Timeout = TimeSpan.FromSeconds(5) }, mute, honest);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == chain[^1].Id.Value, "the honest tip");
        await Eventually.TrueAsync(
            () => light.Sources.Any(source => source.Source == honest.Address && source.IsCurrent), "the honest one to be heard");
        await Eventually.TrueAsync(() => mute.Connections >= 2, "the mute one to be dropped and tried again later");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_announces_a_transaction_again_and_again_and_keeps_it_to_itself_does_not_hide_it(bool witnessIds)
    {
        var hidden = Coins.Spend(new OutPoint(new TxId(Network.Genesis.Id.Value), 0), new Amount(5_000), Coins.Owner(3));
        var announcement = Announcement(hidden, witnessIds);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var liar = new HostilePeer(async (_, stream, command, _) =>
        {
            if (command == "getheaders")
            {
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers()));
                await stream.WriteAsync(announcement);
            }
            else if (command == "getdata")
            {
                asked.TrySetResult();
            }
        })
        { UsesWitnessIds = witnessIds };
        var announced = 0;
        await using var honest = new HostilePeer(async (_, stream, command, _) =>
        {
            if (command == "getheaders")
            {
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers()));

                // Once, as nodes do.
                if (asked.Task.IsCompleted && Interlocked.Exchange(ref announced, 1) == 0)
                {
                    await stream.WriteAsync(announcement);
                }
            }
            else if (command == "getdata")
            {
                await stream.WriteAsync(HostilePeer.Message("tx", hidden.ToArray()));
            }
        })
        { UsesWitnessIds = witnessIds };
        await using var light = Open(liar, honest);
        await Eventually.TrueAsync(
            async () => (await light.GetMempoolAsync()).Any(entry => entry.Transaction.Id == hidden.Id), "the transaction");
        Assert.True(asked.Task.IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_tells_a_copy_without_its_witness_does_not_hide_the_true_one(bool witnessIds)
    {
        byte[] preimage = [.. Enumerable.Repeat((byte)9, 32)];
        var contract = new ScriptBuilder().Op(Opcode.OP_SHA256)
            .Push(System.Security.Cryptography.SHA256.HashData(preimage)).Op(Opcode.OP_EQUAL).Build();
        var payment = Coins.Spend(new OutPoint(default, 0), new Amount(50_000), Script.P2wsh(contract));
        var block = Holding(Network.Genesis, payment);
        var copy = Coins.Spend(new OutPoint(payment.Id, 0), payment.Outputs[0].Value, Coins.Owner(4));
        var claim = new Transaction(
            copy.Version, [copy.Inputs[0] with { Witness = new Witness(preimage, contract.Span.ToArray()) }], copy.Outputs, 0);
        var (isWatched, isLied) = (false, false);
        await using var liar = Announcing(
            block, () => Volatile.Read(ref isWatched), copy, witnessIds, () => Volatile.Write(ref isLied, true));
        await using var honest = Announcing(block, () => Volatile.Read(ref isLied), claim, witnessIds, () => { });
        await using var light = Open(liar, honest);
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        var query = new MempoolQuery([Script.P2wsh(contract)], [new OutPoint(payment.Id, 0)], []);
        Assert.Empty(await light.FindUnconfirmedAsync(query));
        Volatile.Write(ref isWatched, true);
        await Eventually.TrueAsync(
            async () => (await light.FindUnconfirmedAsync(query)).Any(found => found.WitnessId == claim.WitnessId), "the claim");
        Assert.Single(await light.FindUnconfirmedAsync(query));
        Assert.True(isLied);
    }

    [Fact]
    public async Task One_that_announces_blocks_and_keeps_them_back_hides_none_that_another_has()
    {
        var payments = Enumerable.Range(0, 2).Select(i => Coins.Spend(
            new OutPoint(new TxId(Network.Genesis.Id.Value), (uint)i), new Amount(50_000), Coins.Owner(5))).ToList();
        var first = Holding(Network.Genesis, payments[0]);
        var second = Holding(first.Header, payments[1]);
        var asked = 0;
        await using var liar = new HostilePeer(async (_, stream, command, payload) =>
        {
            if (command == "getheaders")
            {
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers(first.Header, second.Header)));
                await stream.WriteAsync(HostilePeer.Message("inv", [1, 2, 0, 0, 0, .. Bytes(second.Id.Value)]));
            }
            else if (command == "getdata")
            {
                Interlocked.Increment(ref asked);
            }
        });
        await using var honest = new HostilePeer(async (_, stream, command, payload) =>
        {
            if (command == "getheaders")
            {
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers(first.Header, second.Header)));
            }
            else if (command == "getdata")
            {
                var block = payload.AsSpan(5).SequenceEqual(Bytes(first.Id.Value)) ? first : second;
                await stream.WriteAsync(HostilePeer.Message("block", block.ToArray()));
            }
        });
        await using var light = Open(liar, honest);
        await light.WaitLiveAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Patience);
        Assert.Equal(2, (await light.GetCoinsAsync(Coins.Owner(5))).Length);
        await Eventually.TrueAsync(() => Volatile.Read(ref asked) > 0, "the liar to be asked");
    }

    [Fact]
    public async Task One_that_answers_as_often_as_it_is_asked_is_no_flood()
    {
        var chain = Branch(Network.Genesis, 200);
        var answers = 0;
        await using var honest = new HostilePeer(async (_, stream, command, _) =>
        {
            if (command == "getheaders")
            {
                Interlocked.Increment(ref answers);
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers([.. chain])));
            }
        });
        await using var light = Open(honest);
        await Eventually.TrueAsync(
            () => Volatile.Read(ref answers) * 81L * chain.Count > 3 * Quick.MostBytesAMinute, "more answers than a flood");
        Assert.DoesNotContain("not believed", await light.GetTroubleAsync() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_floods_is_let_go_of()
    {
        var chain = Branch(Network.Genesis, 2);
        await using var flood = new HostilePeer(async (_, stream, command, _) =>
        {
            for (var i = 0; command == "getheaders" && i < 10_000; i++)
            {
                byte[] vector = [1, 1, 0, 0, 0, .. Enumerable.Repeat(BitConverter.GetBytes(i), 8).SelectMany(bytes => bytes)];
                await stream.WriteAsync(HostilePeer.Message("inv", vector));
            }
        });
        await using var honest = Telling([.. chain]);
        await using var light = Open(flood, honest);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == chain[^1].Id.Value, "the honest tip");
        await Eventually.TrueAsync(() => light.Sources.All(source => source.Source == honest.Address), "the flood to be ended");
    }

    [Fact]
    public async Task Two_branches_of_its_peers_are_told_as_a_disagreement_and_the_one_with_more_work_is_followed()
    {
        var common = Branch(Network.Genesis, 2);
        var shorter = common.Concat(Branch(common[^1], 3, salt: 1)).ToList();
        var longer = common.Concat(Branch(common[^1], 4, salt: 2)).ToList();
        await using var one = Telling([.. shorter]);
        await using var other = Telling([.. longer]);
        await using var light = Open(one, other);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == longer[^1].Id.Value, "the branch with more work");
        await Eventually.TrueAsync(async () => await light.FindDisagreementAsync() is not null, "the disagreement");
        Assert.Contains(one.Address, await light.FindDisagreementAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("198.51.100.1", "198.51.200.9", true)]
    [InlineData("198.51.100.1", "198.52.100.1", false)]
    [InlineData("2001:db8:1::1", "2001:db8:ffff::9", true)]
    [InlineData("2001:db8:1::1", "2001:db9:1::1", false)]
    [InlineData("::ffff:198.51.100.1", "198.51.3.3", true)]
    [InlineData("127.0.0.1", "127.0.0.2", true)]
    public void Peers_of_one_network_count_once(string one, string other, bool same) => Assert.Equal(
        same,
        PeerGroups.Of(new IPEndPoint(IPAddress.Parse(one), 1), false)
            == PeerGroups.Of(new IPEndPoint(IPAddress.Parse(other), 2), false));

    [Fact]
    public void The_library_greets_as_our_profiles_say()
    {
        foreach (var profile in NetworkProfile.All.Where(profile => profile.Peers is not null))
        {
            var library = PeerNetworks.Of(profile)!;
            Assert.Equal(profile.Genesis.Id.ToString(), library.GenesisHash.ToString());
            Assert.Equal(profile.Peers!.Magic, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(library.Magic));
            Assert.Equal(profile.Peers.Port, library.DefaultPort);
        }

        Assert.Throws<NotSupportedException>(
            () => new PeerPool(NetworkProfile.Of("devnet"), new PeerOptions(), TimeProvider.System));
        Assert.Throws<NotSupportedException>(() => new PeerPool(Network, new PeerOptions(), TimeProvider.System));
    }

    private static LightMainchain Open(params HostilePeer[] peers) => Open(Often, peers);

    // All have greeted before the first is asked: none does its worst unseen because another was quicker.
    private static LightMainchain Open(LightOptions options, params HostilePeer[] peers) =>
        Open(options, new AllAtOnce(Pool(peers), peers.Length));

    private static LightMainchain Open(LightOptions options, ILightSources sources) =>
        new(Network, sources, TimeProvider.System, options);

    private static PeerPool Pool(params HostilePeer[] peers) =>
        new(Network, Quick with { Named = [.. peers.Select(peer => peer.Address)] }, TimeProvider.System);

    private static byte[] Announcement(Transaction transaction, bool witnessIds) => HostilePeer.Message(
        "inv",
        [1, (byte)(witnessIds ? 5 : 1), 0, 0, 0, .. Bytes(witnessIds ? transaction.WitnessId.Value : transaction.Id.Value)]);

    private static Block Holding(BlockHeader parent, Transaction only) => new(
        HeaderSolver.Solve(new BlockHeader(
            0x20000000, parent.Id, only.Id.Value, parent.Time + 600, Network.EasiestBits, 0))!, [only]);

    // Has one block, and from some time on a transaction.
    private static HostilePeer Announcing(
        Block block, Func<bool> when, Transaction transaction, bool witnessIds, Action told) => new(
        async (_, stream, command, payload) =>
        {
            if (command == "getheaders")
            {
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers(block.Header)));
                if (when())
                {
                    await stream.WriteAsync(Announcement(transaction, witnessIds));
                }
            }
            else if (command == "getdata" && payload.AsSpan(5).SequenceEqual(Bytes(block.Id.Value)))
            {
                await stream.WriteAsync(HostilePeer.Message("block", block.ToArray()));
            }
            else if (command == "getdata")
            {
                await stream.WriteAsync(HostilePeer.Message("tx", transaction.ToArray()));
                told();
            }
        })
        { UsesWitnessIds = witnessIds };

    private static List<BlockHeader> Branch(BlockHeader parent, int count, int salt = 0)
    {
        var headers = new List<BlockHeader>();
        for (var i = 0; i < count; i++)
        {
            var root = Hash256.DoubleSha256(BitConverter.GetBytes(1_000 * salt + i));
            parent = HeaderSolver.Solve(new BlockHeader(
                0x20000000, parent.Id, root, parent.Time + 600, Network.EasiestBits, 0))!;
            headers.Add(parent);
        }

        return headers;
    }

    private static byte[] Bytes(Hash256 hash)
    {
        var bytes = new byte[Hash256.Length];
        hash.CopyTo(bytes);
        return bytes;
    }

    // Answers every question for headers with all of them.
    private static HostilePeer Telling(params BlockHeader[] headers) => new(Teller(headers));

    private static Func<HostilePeer, NetworkStream, string, byte[], Task> Teller(params BlockHeader[] headers) =>
        async (_, stream, command, _) =>
        {
            if (command == "getheaders")
            {
                await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers(headers)));
            }
        };

    // Names a header, and gives other transactions for it.
    private static HostilePeer Serving(BlockHeader header, Block block) => new(async (_, stream, command, _) =>
    {
        if (command == "getheaders")
        {
            await stream.WriteAsync(HostilePeer.Message("headers", HostilePeer.Headers(header)));
        }
        else if (command == "getdata")
        {
            await stream.WriteAsync(HostilePeer.Message("block", block.ToArray()));
        }
    });
}
