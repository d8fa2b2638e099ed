using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// What fees add to a sharebase that was drafted without any: nothing, but where outputs all have one size. There each whole
/// one that fees make is an output more, which has to have room in the share beside what pays it.
/// </summary>
/// <param name="Whole">The size of an output; null where a sharebase has one output of any size.</param>
/// <param name="Minted">Base units that are the miner's own without fees.</param>
/// <param name="ScriptLength">Bytes of the script that is paid.</param>
internal sealed record SharebaseGrowth(Amount? Whole, Amount Minted, int ScriptLength)
{
    private const int Scale = 4;

    // Amount and the length of a script that is payable, which takes one byte.
    private const int OutputOverhead = sizeof(long) + 1;

    // The count of outputs takes up to four bytes more.
    private const int CountGrowth = 4;

    /// <summary>Weight units that are added.</summary>
    /// <param name="fees">Of all that was chosen.</param>
    public long Weight(Amount fees) => Outputs(fees) is var more and > 0
        ? Scale * ((more * (OutputOverhead + ScriptLength)) + CountGrowth)
        : 0;

    /// <summary>Signature operations that are added, at their cost: as many as any script that a template can be addressed to has.
    /// </summary>
    /// <param name="fees">Of all that was chosen.</param>
    public int SigOpCost(Amount fees) => (int)Math.Min(int.MaxValue / 2, Scale * PayoutAnnotation.MostSigOps * Outputs(fees));

    private long Outputs(Amount fees) =>
        Whole is { } each ? ((Minted + fees).Sats / each.Sats) - (Minted.Sats / each.Sats) : 0;
}
