using Market.Chains;

namespace Market.Client.Api;

/// <summary>What is away comes back: it is waited for. Everything else that is thrown is a bug.</summary>
internal static class Away
{
    /// <summary>True where the market is away, or refuses for now.</summary>
    public static bool IsMarket(Exception error) => error is MarketUnavailableException or MarketApiException;

    /// <summary>True where the market or a chain is away.</summary>
    public static bool IsAny(Exception error) => IsMarket(error) || error is ChainUnavailableException;
}
