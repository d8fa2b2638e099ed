using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Market.Chains.Rpc;

namespace Market.Chains.Stratum;

/// <summary>Asks a Stratum server about an address.</summary>
public static class StratumQuery
{
    /// <summary>The method, beside Stratum's own.</summary>
    internal const string Method = "market.miners";

    /// <summary>Workers of an address that are asked for at most; how many there are is told all the same.</summary>
    public const int MostWorkers = 10 * MinersReport.PageSize;

    private const int LongestAnswer = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks, page by page.</summary>
    /// <param name="host">Where the server is: a name or an address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="address">Whose workers; null for the server's own figures alone.</param>
    /// <param name="clock">The time of waiting.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="ChainUnavailableException">No such server answers there; says what to do.</exception>
    public static async Task<MinersReport> AskAsync(
        string host, int port, string? address, TimeProvider clock, CancellationToken cancellation = default)
    {
        using var limit = new TimeLimit(clock, Patience, cancellation);
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            var stream = tcp.GetStream();
            var report = await AskAsync(stream, address, 0).ConfigureAwait(false);
            while (report.Sharechains is [{ Workers.Length: < MostWorkers } chain] && chain.Workers.Length < chain.AllWorkers
                && await AskAsync(stream, address, chain.Workers.Length).ConfigureAwait(false)
                    is { Sharechains: [{ Workers.IsEmpty: false } next] })
            {
                report = report with { Sharechains = [next with { Workers = [.. chain.Workers, .. next.Workers] }] };
            }

            return report;
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            throw new ChainUnavailableException(
                $"No Stratum server answers at {host}:{port} ({error.Message}). Start one: market up --stratum {host}:{port}.",
                error);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new ChainUnavailableException($"The Stratum server at {host}:{port} took too long to answer.", error);
        }

        async Task<MinersReport> AskAsync(NetworkStream stream, string? about, int skip)
        {
            object[] parameters = about is null ? [] : [about, skip];
            var request = $$"""{"id":1,"method":"{{Method}}","params":{{JsonSerializer.Serialize(parameters)}}}""" + "\n";
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), limit.Token).ConfigureAwait(false);
            return await ReadAsync(stream, limit.Token).ConfigureAwait(false)
                ?? throw new ChainUnavailableException(
                    $"What answers at {host}:{port} is no Stratum server of a market: it does not know {Method}.");
        }
    }

    private static async Task<MinersReport?> ReadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var answer = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        do
        {
            read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            answer.Write(buffer, 0, read);
        }
        while (read > 0 && buffer[read - 1] != (byte)'\n' && answer.Length < LongestAnswer);
        try
        {
            using var document = JsonDocument.Parse(answer.ToArray());
            var report = document.RootElement.Find("result")?.Deserialize<MinersReport>(MinersReport.Json);
            return report is { Sharechains.IsDefault: false } ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
