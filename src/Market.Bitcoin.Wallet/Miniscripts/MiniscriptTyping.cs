using static Market.Bitcoin.Wallet.MiniscriptType;

namespace Market.Bitcoin.Wallet;

/// <summary>BIP379's rules of correctness and malleability.</summary>
internal static class MiniscriptTyping
{
    private const MiniscriptType Locks = G | H | I | J;
    private const MiniscriptType AllLocks = Locks | T;
    private const uint SequenceTypeFlag = 1u << 22;
    private const uint LockTimeThreshold = 500_000_000;

    public static MiniscriptType Leaf(MiniscriptFragment fragment, uint number) => fragment switch
    {
        MiniscriptFragment.False => B | Z | U | D | E | M | S | X | T,
        MiniscriptFragment.True => B | Z | U | F | M | X | T,
        MiniscriptFragment.PkK => K | O | N | U | D | E | M | S | X | T,
        MiniscriptFragment.PkH => K | N | U | D | E | M | S | X | T,
        MiniscriptFragment.Older => B | Z | F | M | X | T | ((number & SequenceTypeFlag) != 0 ? G : H),
        MiniscriptFragment.After => B | Z | F | M | X | T | (number >= LockTimeThreshold ? I : J),
        MiniscriptFragment.Multi => B | N | U | D | E | M | S | T,
        MiniscriptFragment.MultiA => B | U | D | E | M | S | T,
        _ => B | O | N | U | D | M | T, // hashes
    };

    public static MiniscriptType Wrapper(MiniscriptFragment fragment, MiniscriptType x, bool tapscript) =>
        fragment switch
        {
            MiniscriptFragment.WrapA => If(Has(x, B), W) | (x & (AllLocks | U | D | F | E | M | S)) | X,
            MiniscriptFragment.WrapS => If(Has(x, B | O), W) | (x & (AllLocks | U | D | F | E | M | S | X)),
            MiniscriptFragment.WrapC => If(Has(x, K), B) | (x & (AllLocks | O | N | D | F | E | M)) | U | S,
            MiniscriptFragment.WrapD => If(Has(x, V | Z), B) | If(Has(x, Z), O) | If(Has(x, F), E)
                | (x & (AllLocks | M | S)) | If(tapscript, U) | N | D | X,
            MiniscriptFragment.WrapV => If(Has(x, B), V) | (x & (AllLocks | Z | O | N | M | S)) | F | X,
            MiniscriptFragment.WrapJ => If(Has(x, B | N), B) | If(Has(x, F), E)
                | (x & (AllLocks | O | U | M | S)) | N | D | X,
            _ => (x & (AllLocks | B | Z | O | N | D | F | E | M | S)) | U | X, // n:
        };

    public static MiniscriptType Pair(MiniscriptFragment fragment, MiniscriptType x, MiniscriptType y) =>
        fragment switch
        {
            MiniscriptFragment.AndV => If(Has(x, V), y & (K | V | B)) | (x & N) | If(Has(x, Z), y & N)
                | If(Has(x | y, Z), (x | y) & O) | (x & y & (D | M | Z)) | ((x | y) & S)
                | If(Has(y, F) || Has(x, S), F) | (y & (U | X)) | Both(x, y),
            MiniscriptFragment.AndB => If(Has(y, W), x & B) | If(Has(x | y, Z), (x | y) & O) | (x & N)
                | If(Has(x, Z), y & N) | If(Has(x & y, S), x & y & E) | (x & y & (D | Z | M))
                | If(Has(x & y, F) || Has(x, S | F) || Has(y, S | F), F) | ((x | y) & S) | U | X | Both(x, y),
            MiniscriptFragment.OrB => If(Has(x, B | D) && Has(y, W | D), B) | If(Has(x | y, Z), (x | y) & O)
                | If(Has(x | y, S) && Has(x & y, E), x & y & M) | (x & y & (Z | S | E)) | D | U | X | Either(x, y),
            MiniscriptFragment.OrD => If(Has(x, B | D | U), y & B) | If(Has(y, Z), x & O)
                | If(Has(x, E) && Has(x | y, S), x & y & M) | (x & y & (Z | S)) | (y & (U | F | D | E)) | X
                | Either(x, y),
            MiniscriptFragment.OrC => If(Has(x, B | D | U), y & V) | If(Has(y, Z), x & O)
                | If(Has(x, E) && Has(x | y, S), x & y & M) | (x & y & (Z | S)) | F | X | Either(x, y),
            _ => (x & y & (V | B | K | U | F | S)) | If(Has(x & y, Z), O) | If(Has(x | y, F), (x | y) & E)
                | If(Has(x | y, S), x & y & M) | ((x | y) & D) | X | Either(x, y), // or_i
        };

    public static MiniscriptType AndOr(MiniscriptType x, MiniscriptType y, MiniscriptType z) =>
        If(Has(x, B | D | U), y & z & (B | K | V)) | (x & y & z & Z) | If(Has(x | (y & z), Z), (x | (y & z)) & O)
        | (y & z & U) | If(Has(x, S) || Has(y, F), z & (F | E)) | (z & D)
        | If(Has(x, E) && Has(x | y | z, S), x & y & z & M) | (z & (x | y) & S) | X | ((x | y | z) & Locks)
        | If(Has(x & y & z, T) && !Mix(x, y), T);

    public static MiniscriptType Thresh(uint k, ReadOnlySpan<MiniscriptType> subs)
    {
        var (allE, allM, safe, items) = (true, true, 0, 0);
        var locks = T;
        for (var i = 0; i < subs.Length; i++)
        {
            var sub = subs[i];
            if (!Has(sub, (i == 0 ? B : W) | D | U))
            {
                return None;
            }

            allE &= Has(sub, E);
            allM &= Has(sub, M);
            safe += Has(sub, S) ? 1 : 0;
            items += Has(sub, Z) ? 0 : Has(sub, O) ? 1 : 2;
            locks = ((locks | sub) & Locks) | If(Has(locks & sub, T) && (k <= 1 || !Mix(locks, sub)), T);
        }

        return B | D | U | If(items == 0, Z) | If(items == 1, O) | If(allE && safe == subs.Length, E)
            | If(allE && allM && safe >= subs.Length - k, M) | If(safe >= subs.Length - k + 1, S) | locks;
    }

    public static bool Has(MiniscriptType type, MiniscriptType all) => (type & all) == all;

    private static MiniscriptType If(bool condition, MiniscriptType type) => condition ? type : None;

    private static MiniscriptType Either(MiniscriptType x, MiniscriptType y) => ((x | y) & Locks) | (x & y & T);

    private static MiniscriptType Both(MiniscriptType x, MiniscriptType y) =>
        ((x | y) & Locks) | If(Has(x & y, T) && !Mix(x, y), T);

    private static bool Mix(MiniscriptType x, MiniscriptType y) =>
        (Has(x, G) && Has(y, H)) || (Has(x, H) && Has(y, G)) || (Has(x, I) && Has(y, J)) || (Has(x, J) && Has(y, I));
}
