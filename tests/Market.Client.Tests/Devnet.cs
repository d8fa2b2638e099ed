namespace Market.Client.Tests;

/// <summary>What the wallets of most tests are of.</summary>
internal static class Devnet
{
    public static WalletChains Chains { get; } = WalletChains.Of("devnet", null);
}
