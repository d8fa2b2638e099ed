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
            Address = new Uri($"http://{node.LocalEndpoint}/"),
            Retries = 2,
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

    [Theory]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"result\"")]
    public async Task What_is_no_answer_of_a_node_is_said_to_be_none(string body)
    {
        using var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        using var stop = new CancellationTokenSource();
        var answering = AnswerAsync(node, body, stop.Token);
        using var connection = new RpcConnection(new RpcOptions { Address = new Uri($"http://{node.LocalEndpoint}/") });

        var error = await Assert.ThrowsAsync<ChainUnavailableException>(
            async () => await connection.CallAsync("getblockcount", CancellationToken.None));
        Assert.Contains("no JSON-RPC node", error.Message, StringComparison.Ordinal);
        if (body[0] is '<')
        {
            await Assert.ThrowsAsync<ChainUnavailableException>(
                async () => await connection.GetAsync("coin", CancellationToken.None));
        }

        await stop.CancelAsync();
        await answering;
    }

    [Theory]
    [InlineData("207fffff", true)]
    [InlineData("207ffff", false)]
    [InlineData("00207fffff", false)]
    [InlineData("-1", false)]
    [InlineData("", false)]
    public async Task A_template_whose_target_is_none_is_refused_by_name(string bits, bool good)
    {
        using var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        using var stop = new CancellationTokenSource();
        var answering = AnswerAsync(
            node,
            $$$"""
            {"result":{"chain":"regtest","transactions":[],"coinbasevalue":1,"previousblockhash":"{{{new string('0', 64)}}}",
            "height":1,"version":1,"bits":"{{{bits}}}","curtime":1,"mintime":1}}
            """,
            stop.Token);
        await using var chain = await RpcMainchain.ConnectAsync(
            new RpcOptions { Address = new Uri($"http://{node.LocalEndpoint}/"), NeedsTransactions = false },
            CancellationToken.None);

        if (good)
        {
            Assert.Equal(0x207fffffu, (await chain.GetTemplateAsync(CancellationToken.None)).Bits.Bits);
        }
        else
        {
            await Assert.ThrowsAsync<ChainUnavailableException>(async () => await chain.GetTemplateAsync(CancellationToken.None));
        }

        await stop.CancelAsync();
        await answering;
    }

    [Fact]
    public async Task What_a_node_refuses_is_told_in_its_words_and_a_fee_is_found_without_its_estimate()
    {
        using var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        using var stop = new CancellationTokenSource();
        var answering = AnswerAsync(
            node,
            request => request.Contains("getblocktemplate", StringComparison.Ordinal)
                ? """{"result":null,"error":{"code":-9,"message":"Bitcoin Core is not connected!"}}"""
                : request.Contains("estimatesmartfee", StringComparison.Ordinal)
                ? """{"result":null,"error":{"code":-32603,"message":"Fee estimation disabled"}}"""
                : """{"result":{"chain":"regtest","mempoolminfee":0.00001}}""",
            stop.Token);
        var options = new RpcOptions { Address = new Uri($"http://{node.LocalEndpoint}/"), NeedsTransactions = false };
        await using var chain = await RpcMainchain.ConnectAsync(options, CancellationToken.None);

        Assert.Equal(options.FallbackFeeRate, await chain.EstimateFeeAsync(2, CancellationToken.None));
        var error = await Assert.ThrowsAnyAsync<ChainUnavailableException>(
            async () => await chain.GetTemplateAsync(CancellationToken.None));
        Assert.Contains("not connected", error.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await answering;
    }

    [Fact]
    public async Task A_node_that_says_nothing_is_said_to_be_too_slow()
    {
        using var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        using var connection = new RpcConnection(new RpcOptions
        {
            Address = new Uri($"http://{node.LocalEndpoint}/"),
            Timeout = TimeSpan.FromMilliseconds(200),
        });

        Func<Task>[] questions =
        [
            async () => await connection.CallAsync("getblockcount", CancellationToken.None),
            async () => await connection.GetAsync("coin/address/a", CancellationToken.None),
        ];
        foreach (var question in questions)
        {
            var error = await Assert.ThrowsAsync<ChainUnavailableException>(question);
            Assert.Contains("took longer than", error.Message, StringComparison.Ordinal);
        }

        // Whoever gives up himself is told of no slow node.
        using var given = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        using var patient = new RpcConnection(new RpcOptions { Address = new Uri($"http://{node.LocalEndpoint}/") });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await patient.GetAsync("coin", given.Token));
    }

    private static Task AnswerAsync(TcpListener node, string body, CancellationToken stop) =>
        AnswerAsync(node, _ => body, stop);

    private static async Task AnswerAsync(TcpListener node, Func<string, string> bodyOf, CancellationToken stop)
    {
        var buffer = new byte[4096];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await node.AcceptTcpClientAsync(stop);
                var stream = client.GetStream();
                var request = "";
                while (!request.Contains("params", StringComparison.Ordinal)
                    && !request.StartsWith("GET", StringComparison.Ordinal)
                    && await stream.ReadAsync(buffer, stop) is > 0 and var read)
                {
                    request += System.Text.Encoding.ASCII.GetString(buffer, 0, read);
                }

                if (request.Length > 0)
                {
                    var body = bodyOf(request);
                    var answer = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
                    await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), stop);
                    client.Client.Shutdown(SocketShutdown.Send);
                    while (await stream.ReadAsync(buffer, stop) > 0)
                    {
                        // The rest of the request.
                    }
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
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
