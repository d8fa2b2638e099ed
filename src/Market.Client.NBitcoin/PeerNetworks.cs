using Market.Bitcoin;
using NB = global::NBitcoin;

namespace Market.Client.NBitcoin;

/// <summary>The library's networks by ours.</summary>
public static class PeerNetworks
{
    /// <summary>The library's network; null where the network has no peers.</summary>
    public static NB.Network? Of(NetworkProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.Name switch
        {
            "mainnet" => NB.Bitcoin.Instance.Mainnet,
            "testnet4" => NB.Bitcoin.Instance.Testnet4,
            "signet" => NB.Bitcoin.Instance.Signet,
            "regtest" => NB.Bitcoin.Instance.Regtest,
            _ => null,
        };
    }
}
