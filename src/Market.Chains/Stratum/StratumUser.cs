using Market.Bitcoin;

namespace Market.Chains.Stratum;

/// <summary>User names as the server keeps them: an address, and the name of a worker behind a dot.</summary>
public static class StratumUser
{
    /// <summary>Characters of a worker's name that are kept. A longer one is cut, as pools do: firmware that is refused for its
    /// name would not mine.</summary>
    public const int LongestName = 32;

    private const char Other = '?';

    /// <summary>The one way to write a user name: the address as it is usually written, and of the worker's name so many characters
    /// as are kept. What is not printable ASCII stands as a question mark.</summary>
    /// <param name="address">The address that the user name begins with.</param>
    /// <param name="user">As the miner wrote it.</param>
    public static string Of(BitcoinAddress address, string user)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(user);
        var dot = user.IndexOf('.', StringComparison.Ordinal);
        var name = dot < 0 ? "" : user[(dot + 1)..];
        if (name.Length == 0)
        {
            return address.ToString();
        }

        var kept = name.Take(LongestName).Select(letter => letter is >= ' ' and <= '~' ? letter : Other);
        return $"{address}.{string.Concat(kept)}";
    }
}
