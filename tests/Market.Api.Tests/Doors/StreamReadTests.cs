using Market.Api.Doors.Clients;
using Market.Api.Features.Streams;
using Market.Api.Realtime;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;

namespace Market.Api.Tests.Doors;

/// <summary>What is read from the tables for a subscription costs what a request for it does, and waits where requests do.
/// </summary>
public sealed class StreamReadTests(PostgresFixture postgres) : IAsyncLifetime
{
    private MarketHost _host = null!;

    private ServiceDoor Door => _host.Get<ServiceDoor>();

    private GateSight Reads => Door.Look()[(int)GateKind.Reads];

    public async ValueTask InitializeAsync() => _host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void A_channel_weighs_what_it_has_the_server_do()
    {
        var reads = _host.Get<StreamReads>();
        Assert.Equal(
            [CallWeight.Middling, CallWeight.Middling, CallWeight.Middling, CallWeight.Least, CallWeight.Least, CallWeight.Least],
            new[] { Channels.Orders, Channels.Fills, Channels.Swap(new string('0', 32)), Channels.Swaps, "none", "" }
                .Select(reads.WeightOf));
        Assert.Equal(2 * CallWeight.Middling + CallWeight.Least, reads.WeightOf([Channels.Orders, Channels.Fills, Channels.Swaps]));
        Assert.Equal(CallWeight.Least, reads.WeightOf([]));
        Assert.Equal(
            StreamClient.MaxChannels * CallWeight.Middling,
            reads.WeightOf(Enumerable.Repeat(Channels.Orders, 2 * StreamClient.MaxChannels)));
    }

    [Fact]
    public async Task Over_whatever_it_comes_a_snapshot_of_the_tables_waits_for_its_turn()
    {
        using var ann = await Trader.SignInAsync(_host.Address, 1);
        var token = ann.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        await using var socket = await SocketClient.ConnectAsync(_host.Address, token);
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, Channels.Orders)).Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        await using var other = await SocketClient.ConnectAsync(_host.Address);
        await using var hub = await HubClient.ConnectAsync(_host.Address);
        Assert.True((bool?)(await hub.CallAsync(Streams.SignInMethod, token)).Result);

        var held = new List<AskedCall>();
        while (held.Count < Reads.Places)
            held.Add(await Door.EnterAsync(GateKind.Reads, new Call(1, null, null, null, 0), 0, default));
        await socket.SendAsync(StreamOps.Resync, Channels.Orders);
        var subscribing = hub.CallAsync(Streams.SubscribeMethod, new[] { Channels.Fills });
        var opening = SseReader.OpenAsync(ann.Http, $"{Channels.Orders},{Channels.Fills}");
        await Eventually.TrueAsync(() => Reads.Waiting == 3, "all three wait");
        // What is in memory is there at once.
        Assert.Equal(StreamEventType.Subscribed, (await other.AskAsync(StreamOps.Subscribe, Channels.Swaps)).Type);

        foreach (var place in held) Door.Leave(GateKind.Reads, place);
        Assert.Equal(StreamEventType.Subscribed, (await socket.NextAsync())!.Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        Assert.Null((await subscribing).Error);
        await using var stream = await opening;
        await stream.NextAsync();
        await Eventually.TrueAsync(() => Reads is { InUse: 0, Waiting: 0 }, "all places are given back");
    }
}
