using System.Net;
using System.Net.Sockets;
using Market.Chains.Rpc;

namespace Market.Chains.Tests.Rpc;

public sealed class RpcConnectionTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public async Task Repeats_a_request_whose_answer_was_lost_only_where_that_does_no_harm(bool once, int expected)
    {
        using var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        var requests = 0;
        using var stop = new CancellationTokenSource();
        var losing = LoseAnswersAsync(node, () => requests++, stop.Token);
        using var connection = new RpcConnection(new RpcOptions
        {
            Address = new Uri($"http://{node.LocalEndpoint}/"), Retries = 2,
        });

        await Assert.ThrowsAsync<ChainUnavailableException>(async () => _ = once
            ? await connection.CallOnceAsync("generatetoaddress", CancellationToken.None, 1, "address")
            : await connection.CallAsync("getblockcount", CancellationToken.None));

        await stop.CancelAsync();
        await losing;
        Assert.Equal(expected, requests);
    }

    [Theory]
    [InlineData("http://user:pass%40word@127.0.0.1:18443", "user", "pass@word", null)]
    [InlineData("http://127.0.0.1:18443?cookie=/home/a%20node/regtest/.cookie", null, null, "/home/a node/regtest/.cookie")]
    [InlineData("http://127.0.0.1:18443", null, null, null)]
    public void An_address_carries_the_sign_in(string url, string? user, string? password, string? cookie)
    {
        var options = RpcOptions.Of(new Uri(url));
        Assert.Equal(new Uri("http://127.0.0.1:18443/"), options.Address);
        Assert.Equal((user, password, cookie), (options.User, options.Password, options.CookieFile));
    }

    // A node that dies, or a proxy that gives up, after the request has reached it.
    private static async Task LoseAnswersAsync(TcpListener node, Action counted, CancellationToken stop)
    {
        var buffer = new byte[4096];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await node.AcceptTcpClientAsync(stop);
                if (await client.GetStream().ReadAsync(buffer, stop) > 0)
                {
                    counted();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
