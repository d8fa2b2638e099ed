using System.Net;
using System.Net.Sockets;
using System.Text;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>What ends a connection, and that nothing of it is left then.</summary>
public sealed class StratumConnectionTests
{
    private static readonly byte[] NoCharacters = [.. "{\"id\":\""u8, 0xff, .. "\",\"method\":\"mining.ping\"}\n"u8];

    private static readonly StratumOptions Options = new() { Listen = new IPEndPoint(IPAddress.Loopback, 0) };

    private const string Question = """{"id":1,"method":"market.miners","params":[]}""" + "\n";

    [Fact]
    public async Task Bytes_in_an_id_that_make_no_characters_are_a_bad_line_and_leave_no_socket_open()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, clock);
        var failures = new List<SupervisedFailure>();
        await using var server = new StratumServer(node, main, Options, clock, failed: failures.Add);
        server.Start();
        await using var miner = await StratumClient.ConnectAsync(server.EndPoint);
        for (var i = 1; i <= Options.Rules.BadLines; i++)
        {
            await miner.SendAsync(NoCharacters);
            Assert.True(await miner.HearAsync(), $"line {i} to be refused");
        }

        Assert.False(await miner.HearAsync());
        await Eventually.TrueAsync(() => server.Connections == 0, "the connection to be gone");
        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_bug_closes_the_socket_and_is_told()
    {
        using var miner = new TcpClient();
        var socket = await AcceptAsync(miner);
        var connection = new StratumConnection(socket, NewSession(), new BuggyHost(), Options, new ManualClock());
        var running = connection.RunAsync(CancellationToken.None);
        await miner.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Question), TestContext.Current.CancellationToken);
        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() => running.WaitAsync(Eventually.Patience));
        Assert.Equal("a bug of the host", bug.Message);
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task A_question_about_an_address_counts_for_many_lines()
    {
        var clock = new StillClock();
        using var miner = new TcpClient();
        var connection = new StratumConnection(await AcceptAsync(miner), NewSession(), new SilentHost(), Options, clock);
        using var stop = new CancellationTokenSource();
        var running = connection.RunAsync(stop.Token);
        const int questions = (LineBudget.Burst / LineBudget.Question) + 1;
        await miner.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Question, questions))), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => !clock.Waits.IsEmpty, "the flood to wait");
        Assert.Equal(TimeSpan.FromSeconds((double)LineBudget.Question / LineBudget.ASecond), Assert.Single(clock.Waits));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Lines_of_other_connections_of_the_household_count()
    {
        var clock = new StillClock();
        using var miner = new TcpClient();
        var door = new StratumDoor(Options with { MostLinesOfAddress = 10 });
        Assert.Null(door.Enter(IPAddress.Loopback, clock.GetUtcNow(), clock.GetUtcNow(), out var place));
        place!.Household.Take(clock.GetUtcNow(), 10 * HouseholdBudget.BurstSeconds);
        var connection = new StratumConnection(await AcceptAsync(miner), NewSession(), new SilentHost(), Options, clock)
        {
            Place = place,
        };
        using var stop = new CancellationTokenSource();
        var running = connection.RunAsync(stop.Token);
        await miner.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("""{"id":1,"method":"mining.ping"}""" + "\n"), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => !clock.Waits.IsEmpty, "the line to wait");
        Assert.Equal(TimeSpan.FromSeconds(0.1), Assert.Single(clock.Waits));
        await stop.CancelAsync();
        await running;
    }

    private static StratumSession NewSession() => new(
        new byte[4], StratumAddresses.Of(Network.Mainnet), new StratumRules(), DateTimeOffset.UnixEpoch);

    private static async Task<Socket> AcceptAsync(TcpClient miner)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        await miner.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        return await listener.AcceptAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Stands still, and writes down what waits for it.</summary>
    private sealed class StillClock : TimeProvider
    {
        public System.Collections.Concurrent.ConcurrentQueue<TimeSpan> Waits { get; } = [];

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Enqueue(dueTime);
            return System.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class SilentHost : IStratumHost
    {
        public void GiveWork(StratumConnection connection)
        {
        }

        public void Answer(StratumConnection connection, StratumAsk ask)
        {
        }

        public void Took(StratumConnection connection, StratumResult result, bool isFirst)
        {
        }
    }

    private sealed class BuggyHost : IStratumHost
    {
        public void GiveWork(StratumConnection connection)
        {
        }

        public void Answer(StratumConnection connection, StratumAsk ask) =>
            throw new InvalidOperationException("a bug of the host");

        public void Took(StratumConnection connection, StratumResult result, bool isFirst)
        {
        }
    }
}
