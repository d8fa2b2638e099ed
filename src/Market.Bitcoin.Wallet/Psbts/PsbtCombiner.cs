namespace Market.Bitcoin.Wallet;

/// <summary>The combiner's role (BIP174).</summary>
internal static class PsbtCombiner
{
    /// <summary>Takes over what another PSBT of the same transaction knows more.</summary>
    /// <param name="own">The one that is changed.</param>
    /// <param name="other">The other.</param>
    public static PsbtError Merge(Psbt own, Psbt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (own.Version != other.Version || own.Inputs.Length != other.Inputs.Length || own.Outputs.Length != other.Outputs.Length
            || PsbtTransaction.UniqueId(own) != PsbtTransaction.UniqueId(other))
        {
            return PsbtError.DifferentTransactions;
        }

        var flags = Common(own.Modifiable, other.Modifiable);
        own.Global.MergeFrom(other.Global);
        if (own.Global.Has(PsbtGlobalType.Modifiable))
        {
            own.Modifiable = flags;
        }

        for (var i = 0; i < own.Inputs.Length; i++)
        {
            own.Inputs[i].MergeFrom(other.Inputs[i]);
        }

        for (var i = 0; i < own.Outputs.Length; i++)
        {
            own.Outputs[i].MergeFrom(other.Outputs[i]);
        }

        return PsbtError.None;
    }

    private static PsbtModifiable Common(PsbtModifiable own, PsbtModifiable other) =>
        (own & other & ~PsbtModifiable.HasSingle) | ((own | other) & PsbtModifiable.HasSingle);
}
