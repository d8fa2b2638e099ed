using System.Buffers.Binary;
using Market.Bitcoin;

namespace Market.Standing;

/// <summary>
/// Memory-hard work, for browsers and phones: find 16 bytes N so that Argon2id(P = binding's digest, S = N) with 16 MiB, one pass
/// and one lane, read as its first 8 bytes big-endian, is at most floor((2^64 - 1) / difficulty). So a solution takes as many tries
/// as the difficulty on average, each some 16 MiB of memory to be written and read.
/// </summary>
/// <param name="Binding">Whom it is for.</param>
/// <param name="Seed">One of the two newest seeds.</param>
/// <param name="Difficulty">Chosen by the solver before it begins, <see cref="LeastDifficulty"/> to
/// <see cref="MostDifficulty"/>.</param>
public sealed record MemoryTicket(TicketBinding Binding, Hash256 Seed, int Difficulty)
{
    /// <summary>The puzzle's function. A try costs its checker as much as its solver: so checks are few at once.</summary>
    public static Argon2id Function { get; } = new(16 * 1024, 1, 1);

    /// <summary>The easiest: a check must cost a server little of what a solution costs its solver.</summary>
    public const int LeastDifficulty = 16;

    /// <summary>The hardest.</summary>
    public const int MostDifficulty = 4_096;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceLength = 16;

    /// <summary>Credits for each try that a solution takes on average.</summary>
    public const int CreditsPerTry = 4;

    private const byte Kind = 2;

    /// <summary>Credits that a solution earns.</summary>
    public long Credits => (long)Difficulty * CreditsPerTry;

    /// <summary>P: what is hashed with each nonce.</summary>
    public ReadOnlySpan<byte> Password => Binding.Digest(Kind, (uint)Difficulty, Seed.ToArray());

    /// <summary>True where a difficulty may be chosen.</summary>
    public static bool IsDifficulty(int difficulty) => difficulty is >= LeastDifficulty and <= MostDifficulty;

    /// <summary>Whether a nonce solves it: one try.</summary>
    /// <param name="nonce">16 bytes.</param>
    public bool IsSolvedBy(ReadOnlySpan<byte> nonce) =>
        nonce.Length == NonceLength
        && IsSolution(BinaryPrimitives.ReadUInt64BigEndian(Function.Hash(Password, nonce)), Difficulty);

    /// <summary>Whether a try's hash solves a ticket.</summary>
    /// <param name="first">The hash's first 8 bytes, big-endian.</param>
    /// <param name="difficulty">Tries that it takes on average.</param>
    public static bool IsSolution(ulong first, int difficulty) => first <= ulong.MaxValue / (ulong)difficulty;

    /// <summary>The nonce of a try: the number of the try behind 8 bytes of the solver's own, so that two solvers try different
    /// ones.
    /// </summary>
    public static byte[] NonceOf(ulong own, ulong number)
    {
        var nonce = new byte[NonceLength];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, own);
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(sizeof(ulong)), number);
        return nonce;
    }
}
