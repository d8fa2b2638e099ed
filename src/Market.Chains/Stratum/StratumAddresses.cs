using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Stratum;

/// <summary>
/// Tells by its address which sharechain a miner is of: bech32 addresses begin with a prefix that no other row has. Addresses in
/// base58
/// read the same on every sharechain; where more than one is mined they are refused, since no firmware can be relied on to show
/// whose shares it was given instead.
/// </summary>
/// <param name="networks">How each sharechain's addresses are written, in the order of the rows.</param>
public sealed class StratumAddresses(ImmutableArray<Network> networks)
{
    /// <summary>What stands for a row that is not known yet.</summary>
    public const int NoRow = -1;

    /// <summary>Those of one sharechain alone.</summary>
    /// <param name="network">How its addresses are written.</param>
    public static StratumAddresses Of(Network network) => new([network]);

    /// <summary>Reads the address that a user name begins with; what stands behind the first dot is the worker's.</summary>
    /// <param name="user">The user name.</param>
    /// <param name="row">Which row the address is of; <see cref="NoRow"/> where it is refused.</param>
    /// <param name="address">The address; null where it is refused.</param>
    public StratumReject Read(string user, out int row, out BitcoinAddress? address)
    {
        ArgumentNullException.ThrowIfNull(user);
        (row, address) = (NoRow, null);
        var end = user.IndexOf('.', StringComparison.Ordinal);
        var text = end < 0 ? user : user[..end];
        for (var i = 0; i < networks.Length; i++)
        {
            if (!BitcoinAddress.TryParse(text, networks[i], out var found, out _))
            {
                continue;
            }

            if (address is not null)
            {
                (row, address) = (NoRow, null);
                return StratumReject.AddressOfAny;
            }

            (row, address) = (i, found);
        }

        return address is null ? StratumReject.NoAddress : StratumReject.None;
    }
}
