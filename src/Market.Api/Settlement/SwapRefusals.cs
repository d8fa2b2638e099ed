using Market.Api.Results;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>The machine's refusals on the wire.</summary>
internal static class SwapRefusals
{
    public static Refusal Of(SwapRefusal refusal) => refusal switch
    {
        SwapRefusal.KeysAlreadyGiven => new(ProblemCodes.KeysAlreadyGiven),
        SwapRefusal.Reused => new(ProblemCodes.ReusedSecret, "Keys and hash must be fresh for every swap."),
        SwapRefusal.HashMisplaced => Refusal.Invalid(
            "paymentHash", "The seller gives the payment hash, the buyer does not."),
        SwapRefusal.PayoutScriptMissing => Refusal.Invalid(
            "payoutScript", "The seller names a plain script that goes on receiving rewards; the buyer names none."),
        SwapRefusal.BadKey => new(ProblemCodes.BadKey, "A key is not a compressed key."),
        SwapRefusal.TooLateToDecline => new(ProblemCodes.WrongSwapState, "It is too late to decline."),
        SwapRefusal.Over => new(ProblemCodes.WrongSwapState, "The swap has ended."),
        _ => new(ProblemCodes.WrongSwapState, refusal.ToString()),
    };
}
