using System.Globalization;

namespace Market.Contracts;

/// <summary>The canonical text by which the addresses of coins let an account's orders draw on them (BIP322).</summary>
public static class OutpointsText
{
    /// <summary>The text in words, for who reads the description of the interface alone.</summary>
    public const string Shape =
        "the line market/outpoints/v1, then a line name=value for each of network (the instruments'), account (hex of the "
        + "account's x-only key), chain (as it is sent), expiresAt (in UTC as 2026-03-01T12:00:00.000Z) and outpoints "
        + "(joined by commas, in the order they are sent), each line ended by one line feed";

    /// <summary>
    /// The text: these lines, each ended by one line feed, in UTF-8.
    /// <code>
    /// market/outpoints/v1
    /// network=devnet
    /// account=(hex of the account's x-only key)
    /// chain=mainchain
    /// expiresAt=2026-03-01T12:00:00.000Z
    /// outpoints=(txid:index),(txid:index)
    /// </code>
    /// </summary>
    /// <param name="network">The network of the market's instruments.</param>
    /// <param name="account">Hex of the x-only key whose orders may draw on the coins.</param>
    /// <param name="proofs">The coins; their signatures are not looked at.</param>
    public static string Of(string network, string account, ProveOutpoints proofs)
    {
        ArgumentNullException.ThrowIfNull(proofs);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"market/outpoints/v1\nnetwork={network}\naccount={account}\nchain={proofs.Chain}\n"
            + $"expiresAt={proofs.ExpiresAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\n"
            + $"outpoints={string.Join(',', proofs.Outpoints.Select(o => o.Outpoint))}\n");
    }
}
