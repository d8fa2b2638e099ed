using System.Net.Sockets;
using System.Text;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Testing.Chains;
using Microsoft.Extensions.Logging;

namespace Market.Api.Tests.Interface;

/// <summary>A client may go away in the middle of what it sends: that is its affair, and no failure of the server.</summary>
public sealed class BrokenUploadTests(PostgresFixture postgres)
{
    private const int Times = 10;

    [Fact]
    public async Task A_client_that_breaks_off_an_upload_is_logged_for_the_curious_only()
    {
        using var logs = new RecordedLogs();
        await using (var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync(), logs: logs))
        {
            for (var i = 0; i < Times; i++)
            {
                await BreakOffAsync(host.Address, "/api/v1/node/mainchain/tx", reset: i % 2 == 0);
                await BreakOffAsync(host.Address, "/api/v1/auth/challenges", reset: i % 2 == 0);
            }

            await Eventually.TrueAsync(() => Gone(logs) == Times, "the server sees that its clients are gone");
        }

        Assert.DoesNotContain(logs.Lines, line => line.Level >= LogLevel.Warning);
    }

    // Bodies that the framework reads into an object end without a word of ours.
    private static int Gone(RecordedLogs logs) => logs.Lines.Count(
        line => line.Level == LogLevel.Debug && line.Text.Contains("mainchain/tx went away", StringComparison.Ordinal));

    private static async Task BreakOffAsync(Uri address, string path, bool reset)
    {
        using var client = new TcpClient(address.Host, address.Port);
        var server = client.GetStream();
        // Once asked to go on, the client knows that its body is being read.
        await server.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\n"
            + "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"));
        Assert.True(await server.ReadAsync(new byte[100]) > 0);
        await server.WriteAsync("{\"key\":"u8.ToArray());
        if (reset) client.LingerState = new LingerOption(true, 0);
    }
}
