using System.Numerics;
using Market.Sharechain;

namespace Market.Standing;

/// <summary>
/// What a share that was mined for a key earns it: as much as a ticket of the same work (<see cref="WorkTicket"/>), so that it is
/// the same to mine and to solve tickets.
/// </summary>
public static class MinedShare
{
    /// <summary>Credits of a share, or of a weak one in proportion to its work; at least 1.</summary>
    /// <param name="share">The share.</param>
    /// <param name="isWeak">Whether it is a weak one.</param>
    public static long CreditsOf(ShareBlock share, bool isWeak)
    {
        ArgumentNullException.ThrowIfNull(share);
        if (!isWeak) return WorkTicket.CreditsPerShare;
        var (weak, whole) = (share.Header.WeakBits.Work().ToBigInteger(), share.Header.Bits.Work().ToBigInteger());
        return whole.IsZero
            ? 1
            : (long)BigInteger.Clamp(WorkTicket.CreditsPerShare * weak / whole, BigInteger.One, WorkTicket.CreditsPerShare);
    }

    /// <summary>The name of the proof that a share is: of all shares of all sharechains it names one.</summary>
    /// <param name="sharechain">The sharechain's name.</param>
    /// <param name="id">The share.</param>
    public static string ProofOf(string sharechain, ShareId id) => $"{sharechain}:{id}";
}
