using System.Text.Json;

namespace Market.Chains.P2PoolV2;

/// <summary>Who is paid for a share and who owns its coin. The name miner_address stayed in 0.14 and changed its meaning: which is
/// meant is told by the other name.</summary>
/// <param name="Payee">The Bitcoin address that is paid.</param>
/// <param name="Owner">The address on the pool's chain; null before 0.14.</param>
/// <param name="Version">Which of the two this is.</param>
internal readonly record struct P2PoolAddresses(string Payee, string? Owner, P2PoolVersion Version)
{
    private const string Bitcoin = "miner_bitcoin_address";
    private const string Miner = "miner_address";

    /// <summary>Of a share as /shares and /dag tell it: before 0.14 with miner_address alone.</summary>
    /// <exception cref="P2PoolException">It is neither of both.</exception>
    public static P2PoolAddresses OfShare(JsonElement share) => share.Has(Bitcoin)
        ? new(share.Address(Bitcoin), share.Address(Miner), P2PoolVersion.SinceV014)
        : new(share.Address(Miner), null, P2PoolVersion.BeforeV014);

    /// <summary>Of a header as /share_headers tells it: before 0.14 with miner_bitcoin_address alone.</summary>
    /// <exception cref="P2PoolException">It is neither of both.</exception>
    public static P2PoolAddresses OfHeader(JsonElement header) => header.Has(Miner)
        ? new(header.Address(Bitcoin), header.Address(Miner), P2PoolVersion.SinceV014)
        : new(header.Address(Bitcoin), null, P2PoolVersion.BeforeV014);
}
