using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>Who the mainchain coinbase pays (rule 6), whatever the row.</summary>
public static class PayoutRule
{
    /// <summary>Whom a share on top of a state pays.</summary>
    /// <param name="payees">Whom the state names; null while nobody holds what is paid.</param>
    /// <param name="sharebase">The share's own sharebase: paid while nobody else is.</param>
    /// <returns>Null where the sharebase is to be paid and has no payout script.</returns>
    public static Payees? Of(Payees? payees, Transaction sharebase) => payees
        ?? (PayoutAnnotation.PayoutOf(sharebase, 0) is { } own ? new Payees.Drawn([own]) : null);

    /// <summary>Outputs of value that a coinbase has at most.</summary>
    public static int MostPaid(PayoutDesign payout) => payout switch
    {
        PayoutDesign.Drawn drawn => drawn.Winners,
        PayoutDesign.Window { Holders: { } holders } => holders,
        PayoutDesign.Window => int.MaxValue,
        _ => 1,
    };

    /// <summary>Rule 6 as far as it goes without the state: how much is paid, and to how many at most.</summary>
    /// <param name="mainCoinbase">The mainchain coinbase.</param>
    /// <param name="subsidy">The mainchain's subsidy at its height.</param>
    /// <param name="payout">The row's rule.</param>
    public static ShareRefusal CheckSum(Transaction mainCoinbase, Amount subsidy, PayoutDesign payout)
    {
        long sum = 0;
        var paid = 0;
        foreach (var output in mainCoinbase.Outputs)
        {
            sum += output.Value.Sats;
            paid += output.Value == Amount.Zero ? 0 : 1;
        }

        return paid == 0 && subsidy != Amount.Zero ? ShareRefusal.PayoutMissing
            : paid > MostPaid(payout) ? ShareRefusal.PayoutExtra
            : sum < subsidy.Sats ? ShareRefusal.PayoutBelowSubsidy
            : ShareRefusal.None;
    }

    /// <summary>Rule 6.</summary>
    /// <param name="payees">Whom the rule names; null where it could name nobody.</param>
    /// <param name="mainCoinbase">The mainchain coinbase.</param>
    /// <param name="subsidy">The mainchain's subsidy at its height.</param>
    public static ShareVerdict Check(Payees? payees, Transaction mainCoinbase, Amount subsidy)
    {
        long sum = 0;
        var paid = new List<TxOut>();
        foreach (var output in mainCoinbase.Outputs)
        {
            if (output.Value != Amount.Zero)
            {
                sum += output.Value.Sats;
                paid.Add(output);
            }
        }

        if (payees is null)
        {
            return ShareRefusal.PayoutMissing;
        }

        var due = payees.Outputs(new Amount(sum));
        if (paid.Count < due.Length || (due.IsEmpty && subsidy != Amount.Zero))
        {
            return ShareRefusal.PayoutMissing;
        }

        if (due.Where((output, i) => output.ScriptPubKey != paid[i].ScriptPubKey).Any())
        {
            return ShareRefusal.PayoutScript;
        }

        if (paid.Count > due.Length)
        {
            return ShareRefusal.PayoutExtra;
        }

        if (due.Where((output, i) => output.Value != paid[i].Value).Any())
        {
            return ShareRefusal.PayoutProportion;
        }

        return sum < subsidy.Sats ? ShareRefusal.PayoutBelowSubsidy : ShareVerdict.Valid;
    }
}
