using Market.Bitcoin;

namespace Market.Standing;

/// <summary>
/// Coins burned for an account: an output with value whose script is OP_RETURN push("burn" · account 32), in its one form of 38
/// bytes. It names whom it counts for, at every market, and needs no signature: nobody can take it from there, or to another.
/// </summary>
public static class Burn
{
    private static ReadOnlySpan<byte> Mark => "burn"u8;

    /// <summary>The script.</summary>
    /// <param name="account">The account's x-only key.</param>
    public static Script ScriptOf(XOnlyPublicKey account)
    {
        ArgumentNullException.ThrowIfNull(account);
        return Script.OpReturn([.. Mark, .. account.Span]);
    }

    /// <summary>Until when a burn counts, Unix seconds: it begins with <see cref="BondValue.LongestSeconds"/> at its block, and
    /// wears off
    /// as a lock does.</summary>
    /// <param name="blockTime">Median time past of the block that holds it, Unix seconds.</param>
    public static long Until(long blockTime) => blockTime + BondValue.LongestSeconds;
}
