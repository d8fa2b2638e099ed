using Market.Sharechain;

namespace Market.Client;

/// <summary>
/// The chains that a wallet is of. What a wallet keeps in files says it at their head: the same words are another wallet on another
/// sharechain, and what one remembers would mislead the other.
/// </summary>
/// <param name="Network">The network's name.</param>
/// <param name="Sharechain">The design of the sharechain, such as "p2share".</param>
public sealed record WalletChains(string Network, string Sharechain)
{
    /// <summary>Those of a wallet.</summary>
    /// <param name="network">Its network.</param>
    /// <param name="sharechain">The design of its sharechain; null for the network's own.</param>
    /// <exception cref="NotSupportedException">There is no network of that name.</exception>
    public static WalletChains Of(string network, string? sharechain) => new(network, sharechain ?? OwnOf(network));

    /// <summary>Refuses a file of other chains. One that names none is from before wallets could be of another sharechain than
    /// the network's own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="named">What it names; null for none.</param>
    /// <exception cref="ForeignFileException">It is of others.</exception>
    internal void Check(string path, WalletChains? named)
    {
        var its = named ?? Of(Network, null);
        if (its != this)
        {
            throw new ForeignFileException(
                $"{path} is of a wallet of {its}, and this wallet is of {this}. Move it away: what it held is found again on the "
                + "chains.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Sharechain} on {Network}";

    private static string OwnOf(string network) => SharechainProfile.Of(network).Design;
}

/// <summary>A file that a wallet keeps is of a wallet of other chains.</summary>
/// <param name="message">Which, and what to do, for a person.</param>
public sealed class ForeignFileException(string message) : Exception(message);
