using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>The hub's connections. A hub is shown no more of one than a proxy that writes each message anew for it: the
/// connection itself is put where the hub finds it.</summary>
public sealed class HubLines(ILoggerFactory logs)
    : DefaultHubLifetimeManager<MarketHub>(new Logger<DefaultHubLifetimeManager<MarketHub>>(logs))
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Features.Set(new HubLine(connection));
        return base.OnConnectedAsync(connection);
    }

    /// <summary>The way to a connection.</summary>
    internal static HubLine Of(HubCallerContext connection) => connection.Features.Get<HubLine>()
        ?? throw new InvalidOperationException("The connection was opened by another manager.");
}
