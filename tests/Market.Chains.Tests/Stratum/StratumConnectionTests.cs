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

    [Fact]
    public async Task Bytes_in_an_id_that_make_no_characters_are_a_bad_line_and_leave_no_socket_open()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, clock);
        var failures = new List<SupervisedFailure>();
        var options = new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) };
        await using var server = new StratumServer(node, main, options, clock, failed: failures.Add);
        server.Start();
        await using var miner = await StratumClient.ConnectAsync(server.EndPoint);
        for (var i = 1; i <= options.Rules.BadLines; i++)
        {
            await miner.SendAsync(NoCharacters);
            Assert.True(await miner.HearAsync(), $"line {i} to be refused");
        }

        Assert.False(await miner.HearAsync());
        await Eventually.TrueAsync(() => server.Report().Connections == 0, "the connection to be gone");
        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_bug_closes_the_socket_and_is_told()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        using var miner = new TcpClient();
        await miner.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var socket = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        var clock = new ManualClock();
        var session = new StratumSession(new byte[4], Network.Mainnet, new StratumRules(), clock.Now);
        var options = new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) };
        var connection = new StratumConnection(socket, session, new BuggyHost(), options, clock);
        var running = connection.RunAsync(CancellationToken.None);
        await miner.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("""{"id":1,"method":"market.miners","params":[]}""" + "\n"),
            TestContext.Current.CancellationToken);
        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() => running.WaitAsync(Eventually.Patience));
        Assert.Equal("a bug of the host", bug.Message);
        Assert.True(socket.SafeHandle.IsClosed);
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
