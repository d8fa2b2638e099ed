using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>What a share's sharebase mints besides fees: its own issuance, and that of the shares that it names.</summary>
/// <param name="Own">Goes to whom the miner likes.</param>
/// <param name="Named">The outputs behind the first, which pay those who made the named shares, in their order.</param>
public sealed record Minting(Amount Own, ImmutableArray<TxOut> Named)
{
    private const int Percent = 100;

    /// <summary>All of it.</summary>
    public Amount Sum => Named.Aggregate(Own, (sum, output) => sum + output.Value);

    /// <summary>What a share mints.</summary>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="height">The share's height.</param>
    /// <param name="bits">Its own target.</param>
    /// <param name="named">The shares that it names.</param>
    public static Minting Of(
        SharechainProfile profile, int height, CompactTarget bits, ImmutableArray<NamedShare> named)
    {
        var issuance = profile.Issuance.Of(height, bits);
        var own = profile.Weak is null ? issuance : new Amount(issuance.Sats / 2);
        var outputs = ImmutableArray.CreateBuilder<TxOut>(named.Length);
        foreach (var share in named)
        {
            var (maker, namer) = profile switch
            {
                { Uncles: { } rule } => OfUncle(rule, profile.Issuance.Of((int)share.Header.Height, share.Header.Bits)),
                { Weak: { } rule } => OfWeak(rule, issuance, share.Header.WeakBits, bits),
                _ => default,
            };
            own += namer;
            outputs.Add(new TxOut(maker, share.Maker));
        }

        return new Minting(own, outputs.MoveToImmutable());
    }

    /// <summary>The same of a whole block.</summary>
    public static Minting Of(SharechainProfile profile, ShareBlock block) =>
        Of(profile, (int)block.Header.Height, block.Header.Bits, block.Named);

    /// <summary>Whether a sharebase pays for every named share what it must, right behind its first output.</summary>
    public static ShareRefusal Check(ShareBlock block, SharechainProfile profile)
    {
        var due = Of(profile, block).Named;
        var paid = block.Transactions[0].Outputs;
        return due.IsEmpty
            || (paid.Length > due.Length && paid.AsSpan(1, due.Length).SequenceEqual(due.AsSpan()) && !Annotates(block, due.Length))
            ? ShareRefusal.None
            : ShareRefusal.NamedUnpaid;
    }

    // The outputs behind the first are their makers': with a payout script of its own the namer would take what they are paid.
    private static bool Annotates(ShareBlock block, int makers) =>
        PayoutAnnotation.ReadAll(block.Transactions[0])?.Keys.Any(index => index >= 1 && index <= makers) == true;

    private static (Amount Maker, Amount Namer) OfUncle(UncleRule rule, Amount issuance) => (
        new Amount((long)((Int128)issuance.Sats * rule.UnclePercent / Percent)),
        new Amount((long)((Int128)issuance.Sats * (Percent - rule.UnclePercent) / Percent)));

    // Of the block's whole issuance I its stated work v mints I v / (2 w), w the work of the block's bits.
    private static (Amount Maker, Amount Namer) OfWeak(
        WeakRule rule, Amount issuance, CompactTarget stated, CompactTarget bits)
    {
        var units = (long)(issuance.Sats * stated.Work().ToBigInteger() / (2 * bits.Work().ToBigInteger()));
        var namer = units * rule.NamerPercent / Percent;
        return (new Amount(units - namer), new Amount(namer));
    }
}
