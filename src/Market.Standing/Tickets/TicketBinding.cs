using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Hashing;

namespace Market.Standing;

/// <summary>
/// What a ticket is for: one account at one market, and what the account names as the body that it means it for. Work that was done
/// for it counts for nothing else.
/// </summary>
/// <param name="Host">The market as its Host header names it, in lower case.</param>
/// <param name="Account">The account's x-only key, 32 bytes.</param>
/// <param name="Body">SHA-256 of a request's body, or zeros for any.</param>
public sealed record TicketBinding(string Host, Hash256 Account, Hash256 Body)
{
    private static readonly TaggedHasher Tag = new("market/ticket");

    /// <summary>BIP340's tagged hash ("market/ticket") of kind u8, account 32, body 32, figure u32 little-endian, seed,
    /// host.</summary>
    /// <param name="kind">Which puzzle.</param>
    /// <param name="figure">What the solver chose beforehand: of memory-hard work its difficulty, of recycled work its
    /// parts.</param>
    /// <param name="seed">Of memory-hard work the seed, 32 bytes; of recycled work its salt, 8 bytes.</param>
    internal byte[] Digest(byte kind, uint figure, ReadOnlySpan<byte> seed)
    {
        var writer = new ByteWriter().Byte(kind).Hash256(Account).Hash256(Body).UInt32(figure).Bytes(seed)
            .Bytes(Encoding.UTF8.GetBytes(Host));
        var digest = new byte[Hash256.Length];
        Tag.Hash(writer.Written, digest);
        return digest;
    }
}
