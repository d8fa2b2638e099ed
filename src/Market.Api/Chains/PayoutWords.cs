using System.Globalization;
using Market.Chains;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>Why a share pays whom it pays, in sentences. Pure.</summary>
internal static class PayoutWords
{
    /// <summary>The rule as it acted on a share.</summary>
    /// <param name="design">The row's rule.</param>
    /// <param name="parent">Height of the share below.</param>
    /// <param name="total">Base units that took part there; null where that was not seen.</param>
    public static string Why(PayoutDesign design, int parent, long? total) => total == 0
        ? "Nobody held a share that is paid yet, so the share's own miner is paid."
        : design switch
        {
            PayoutDesign.Drawn { Winners: 1 } => Draw(parent, "0") + "The output that holds the q-th unit is paid."
                + Seen(parent, total),
            PayoutDesign.Drawn drawn => Draw(parent, "k")
                + Of($"For each k from 0 to {drawn.Winners - 1} the output that holds the q-th unit is paid an equal part, one ")
                + "that is drawn again once more; what rounding leaves goes to the first." + Seen(parent, total),
            PayoutDesign.Redeemed redeemed => Draw(parent, "0")
                + "The output that holds the q-th unit is paid, and pays with its life, whatever its size: where the share "
                + "became a Bitcoin block "
                + Of($"it is frozen, and {redeemed.MainDepth} Bitcoin blocks later destroyed if that block still stands, else ")
                + "free again. A block whose share was kept back destroys nothing. Outputs with another's payout script take no "
                + "part."
                + Seen(parent, total),
            PayoutDesign.Window window => "Whoever holds shares that have not expired is paid in proportion to them"
                + (window.Holders is { } most ? Of($", the {most} largest holders") : "")
                + Of($"; who would get less than {WindowSplit.Dust} satoshis falls out. The window is the newest work worth ")
                + Of($"{window.Multiplier} × Bitcoin's difficulty, at most {window.MostBlocks:N0} blocks, as of #{parent:N0}. ")
                + "While nobody holds a share the miner is paid." + Seen(parent, total),
            _ => design.Words,
        };

    /// <summary>What became of a Bitcoin block.</summary>
    /// <param name="main">What the mainchain's node knows of it; null for nothing.</param>
    /// <param name="tip">Height of the mainchain's tip.</param>
    public static string Fate(MainHeader? main, int tip) => main switch
    {
        null => "The mainchain's node does not know it: it was refused, or another block of its height came first.",
        { OnBestChain: true } => Of($"It is Bitcoin block #{main.Height:N0}, with {Confirmed(tip - main.Height + 1)}."),
        _ => Of($"Another block of height #{main.Height:N0} has taken its place: it pays nothing."),
    };

    /// <summary>How a drawn output that may be destroyed stands.</summary>
    /// <param name="stands">Whether the block that it paid for is in the mainchain's best chain.</param>
    /// <param name="built">Height of the highest mainchain block that a share builds on.</param>
    /// <param name="decided">The height from which on it is decided.</param>
    public static string Redemption(bool stands, int built, int decided) => (stands, built >= decided) switch
    {
        (true, false) =>
            Of($"Frozen: destroyed once a share builds on Bitcoin block #{decided:N0} or later, if the block stands then."),
        (true, true) => Of($"Destroyed since the first share that built on Bitcoin block #{decided:N0} or later."),
        (false, false) =>
            Of($"Frozen: free again once a share builds on Bitcoin block #{decided:N0} or later, if the block is still lost."),
        (false, true) => Of($"Free again since the first share that built on Bitcoin block #{decided:N0} or later."),
    };

    private static string Confirmed(int blocks) => blocks == 1 ? "1 confirmation" : Of($"{blocks:N0} confirmations");

    private static string Draw(int parent, string draw) =>
        Of($"The draw: q = TaggedHash(\"p2share/select\", id of share #{parent:N0} || {draw}) modulo n, where n is all base units ")
        + "that take part at that share, in order of creation. ";

    private static string Seen(int parent, long? total) => total is null
        ? Of($" What n was at share #{parent:N0} is not kept here: the server did not see that share as its tip, or long ago.")
        : "";

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
