using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Market.Api.Hosting.Connections;

/// <summary>Ends connections on which nothing is said: a client that opens one has something to ask.</summary>
public static class FirstByte
{
    /// <summary>Waits so long for the first byte of a connection, before TLS.</summary>
    public static void RequireFirstByte(this ListenOptions listen, TimeSpan patience, TimeProvider clock) =>
        listen.Use(next => async connection =>
        {
            if (await ArrivesAsync(connection, patience, clock)) await next(connection);
        });

    private static async Task<bool> ArrivesAsync(ConnectionContext connection, TimeSpan patience, TimeProvider clock)
    {
        using var limit = new CancellationTokenSource(patience, clock);
        try
        {
            ReadResult first = await connection.Transport.Input.ReadAsync(limit.Token);
            connection.Transport.Input.AdvanceTo(first.Buffer.Start);
            return true;
        }
        catch (OperationCanceledException)
        {
            connection.Abort(new ConnectionAbortedException("Nothing was sent."));
            return false;
        }
        catch (Exception e) when (e is IOException or ConnectionResetException)
        {
            // It went away before it had said anything.
            return false;
        }
    }
}
