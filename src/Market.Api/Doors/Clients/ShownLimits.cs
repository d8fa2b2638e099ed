using Market.Api.Doors.Auth;
using Market.Api.Realtime;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>The bounds that a client runs into, as the wire shows them.</summary>
public static class ShownLimits
{
    /// <summary>The limits of this server for one client.</summary>
    public static Limits Of(
        TradingRules rules, ClientCaps caps, IReadOnlyDictionary<string, int> weights,
        IReadOnlyDictionary<string, int> listWeights) => new()
        {
            MaxBodyBytes = ServerLimits.MaxBodyBytes,
            MaxBlockBytes = ServerLimits.MaxBlockBytes,
            MaxJsonDepth = MarketJson.MaxDepth,
            MaxPageSize = ServerLimits.MaxPageSize,
            MaxBookDepth = ServerLimits.MaxBookDepth,
            MaxOpenOrders = rules.MaxOpenOrders,
            MaxOutpoints = rules.MaxOutpoints,
            RequestsPerWindow = caps.Weight,
            WindowSeconds = CapTable.WindowSeconds,
            Weights = weights,
            ListWeights = listWeights,
            ConnectionsPerClient = caps.Connections,
            RequestsAtOnce = caps.Requests,
            StreamsPerClient = caps.Streams,
            MaxChannels = StreamClient.MaxChannels,
            StreamQueue = StreamClient.QueueLimit,
            Tiers = ShownTiers.All,
            MaxWaiting = GateRules.ShippedWaiting,
            MaxWaitSeconds = (int)(GateRules.LongestWait / 1_000),
            MaxCredits = CreditUnits.Most,
            SessionSeconds = (int)SessionTokens.Lifetime.TotalSeconds,
            MaxClockSkewSeconds = SignedRequest.MaxSkewSeconds,
        };
}
