using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Standing;

/// <summary>
/// What the key of a bond's coin signs, so that the bond counts for an account at one market and for no other: BIP322's simple form
/// for the P2WPKH of the coin's own key. (The coin's script has a lock that form cannot be signed under.) The text is six lines
/// joined by a line feed, without one at the end.
/// </summary>
public static class BondProof
{
    /// <summary>The text that is signed.</summary>
    /// <param name="host">The market as its Host header names it, in lower case.</param>
    /// <param name="account">The account, 64 lower case hexadecimal digits.</param>
    /// <param name="chain">The chain's name: the network's, or the sharechain's profile.</param>
    /// <param name="coin">The output.</param>
    /// <param name="locktime">Unix seconds.</param>
    public static string Text(string host, string account, string chain, OutPoint coin, uint locktime) => string.Join('\n',
        "Market bond", $"host: {host}", $"account: {account}", $"chain: {chain}", $"coin: {coin}", $"locktime: {locktime}");

    /// <summary>Signs it.</summary>
    /// <param name="text">See <see cref="Text"/>.</param>
    /// <param name="key">The coin's key; not disposed.</param>
    public static string Sign(string text, PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Bip322.Sign(Encoding.UTF8.GetBytes(text), Script.P2wpkh(key.PublicKey), key);
    }

    /// <summary>Whether the coin's key signed it.</summary>
    /// <param name="text">See <see cref="Text"/>.</param>
    /// <param name="key">The coin's key.</param>
    /// <param name="signature">"smp" and base64.</param>
    public static bool IsSigned(string text, PublicKey key, string? signature) =>
        Bip322.Verify(Encoding.UTF8.GetBytes(text), Script.P2wpkh(key), signature).IsValid;
}
