namespace Market.Bitcoin.Wallet;

/// <summary>Which inputs nodes relay (Bitcoin Core's AreInputsStandard and IsWitnessStandard).</summary>
internal static class StandardInput
{
    private const int MaxP2shSigOps = 15;
    private const int MaxWitnessScriptSize = 3600;
    private const int MaxWitnessItems = 100;
    private const int MaxWitnessItemSize = 80;
    private const byte AnnexTag = 0x50;

    public static bool IsStandard(in TxIn input, Script spent) => spent.Kind switch
    {
        ScriptKind.NonStandard or ScriptKind.WitnessUnknown => false,
        ScriptKind.P2sh => SigOps.RedeemScript(input.ScriptSig) is { } redeem
            && SigOps.Count(redeem, accurate: true) <= MaxP2shSigOps,
        _ => true,
    };

    public static bool HasStandardWitness(in TxIn input, Script spent)
    {
        if (input.Witness.IsEmpty)
        {
            return true;
        }

        var script = spent.IsP2sh ? SigOps.RedeemScript(input.ScriptSig).GetValueOrDefault() : spent;
        return script.Kind switch
        {
            ScriptKind.P2wpkh => true,
            ScriptKind.P2wsh => IsStandardV0(input.Witness),
            ScriptKind.P2tr when !spent.IsP2sh => IsStandardTaproot(input.Witness),
            _ => false,
        };
    }

    private static bool IsStandardV0(Witness witness)
    {
        var items = witness.Items;
        return items[^1].Length <= MaxWitnessScriptSize && items.Length - 1 <= MaxWitnessItems
            && AreSmall(items.AsSpan()[..^1]);
    }

    private static bool IsStandardTaproot(Witness witness)
    {
        var items = witness.Items;
        if (items.Length >= 2 && items[^1].Span is [AnnexTag, ..])
        {
            return false;
        }

        return items.Length < 2 || (items[^1].Span is [var control, ..]
            && ((control & 0xfe) != Taproot.TapscriptLeafVersion || AreSmall(items.AsSpan()[..^2])));
    }

    private static bool AreSmall(ReadOnlySpan<ReadOnlyMemory<byte>> items)
    {
        foreach (var item in items)
        {
            if (item.Length > MaxWitnessItemSize)
            {
                return false;
            }
        }

        return true;
    }
}
