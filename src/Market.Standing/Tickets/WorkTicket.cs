using System.Buffers.Binary;
using System.Numerics;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Standing;

/// <summary>
/// Recycled work: a real template of the sharechain, whose extra nonce is the first 8 bytes of the binding's digest. Each hash is
/// mining: one that meets the share's target is a share, one that meets a weak share's a weak share, one that meets the mainchain's
/// target a block, and all of that is the solver's. A ticket is a hash at or below the share's target times the parts that the
/// solver chose before it began.
/// </summary>
/// <param name="Binding">Whom it is for.</param>
/// <param name="Parts">A ticket takes so many parts less work than a share, 1 to <see cref="MostParts"/>.</param>
/// <param name="Salt">8 bytes: another gives another range of nonces.</param>
public sealed record WorkTicket(TicketBinding Binding, int Parts, ulong Salt)
{
    /// <summary>The easiest ticket has a thousandth of a share's work.</summary>
    public const int MostParts = 1_000;

    /// <summary>Credits for the work of a share: so much a target spacing is earned by all hardware together that mines the row
    /// honestly, however much that is.</summary>
    public const long CreditsPerShare = 100_000;

    private const byte Kind = 1;

    /// <summary>Credits that a solution earns.</summary>
    public long Credits => CreditsPerShare / Parts;

    /// <summary>True where the parts may be chosen.</summary>
    public static bool IsParts(int parts) => parts is >= 1 and <= MostParts;

    /// <summary>The extra nonce of the main coinbase.</summary>
    public ulong ExtraNonce
    {
        get
        {
            Span<byte> salt = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(salt, Salt);
            return BinaryPrimitives.ReadUInt64LittleEndian(Binding.Digest(Kind, (uint)Parts, salt));
        }
    }

    /// <summary>The work with this ticket's extra nonce.</summary>
    public ShareTemplate Bind(ShareTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        return template.WithExtraNonce(ExtraNonce);
    }

    /// <summary>Whether a header of the bound template has work enough for the ticket; nonce, time and version may be the solver's.
    /// </summary>
    /// <param name="bound">What <see cref="Bind"/> returned.</param>
    /// <param name="solved">The header found.</param>
    public bool IsSolvedBy(ShareTemplate bound, BlockHeader solved)
    {
        ArgumentNullException.ThrowIfNull(bound);
        ArgumentNullException.ThrowIfNull(solved);
        return solved.MerkleRoot == bound.MainHeader.MerkleRoot && solved.Previous == bound.MainHeader.Previous
            && solved.Bits == bound.MainHeader.Bits && solved.Id.Value.ToU256().ToBigInteger() <= TargetOf(bound, Parts);
    }

    /// <summary>A hash at or below it is a ticket.</summary>
    public static BigInteger TargetOf(ShareTemplate template, int parts)
    {
        ArgumentNullException.ThrowIfNull(template);
        return template.ShareTarget.TryExpand(out var target)
            ? BigInteger.Min(target.ToBigInteger() * parts, (BigInteger.One << 256) - 1)
            : BigInteger.Zero;
    }
}
