namespace Market.Bitcoin.Wallet;

/// <summary>What running a piece of script does to the stack's height, on the way that takes most.</summary>
/// <param name="Drop">Height before, less height after.</param>
/// <param name="Peak">Greatest height on the way, less height after.</param>
internal readonly record struct StackUse(int Drop, int Peak)
{
    private static readonly StackUse Keep = new(0, 0);
    private static readonly StackUse Push = new(-1, 0);
    private static readonly StackUse Take = new(1, 1);
    private static readonly StackUse TakeTwo = new(2, 2);

    /// <summary>The whole script's: where satisfied, and where dissatisfied. Null where that cannot be.</summary>
    public static (StackUse? Satisfied, StackUse? Dissatisfied) Of(Miniscript script)
    {
        var subs = script.Subs.Select(Of).ToArray();
        var (x, xNot) = subs.Length > 0 ? subs[0] : default;
        var (y, yNot) = subs.Length > 1 ? subs[1] : default;
        var count = script.Keys.Length;
        var k = (int)script.Number;
        return script.Fragment switch
        {
            MiniscriptFragment.False => (null, Push),
            MiniscriptFragment.True => (Push, null),
            MiniscriptFragment.PkK => (Push, Push),

            // OP_DUP, the hash in its place, the hash to compare with, OP_EQUALVERIFY.
            MiniscriptFragment.PkH => Twice(Run(Push, Keep, Push, TakeTwo)),
            MiniscriptFragment.Older or MiniscriptFragment.After => (Run(Push, Keep), null),

            // OP_SIZE 32 OP_EQUALVERIFY, the hash in its place, the hash to compare with, OP_EQUAL.
            >= MiniscriptFragment.Sha256 and <= MiniscriptFragment.Hash160 =>
                (Run(Push, Push, TakeTwo, Keep, Push, Take), null),

            // k signatures and one item too many become one; with all keys, k and n pushed in between.
            MiniscriptFragment.Multi => Twice(new StackUse(k, k + count + 2)),
            MiniscriptFragment.MultiA => Twice(new StackUse(count - 1, count)),
            MiniscriptFragment.AndOr => (
                Most(Run(x, Take, y), Run(xNot, Take, subs[2].Satisfied)), Run(xNot, Take, subs[2].Dissatisfied)),
            MiniscriptFragment.AndV => (Run(x, y), null),
            MiniscriptFragment.AndB => (Run(x, y, Take), Run(xNot, yNot, Take)),
            MiniscriptFragment.OrB => (Run(Most(Run(x, yNot), Run(xNot, y)), Take), Run(xNot, yNot, Take)),
            MiniscriptFragment.OrC => (Most(Run(x, Take), Run(xNot, Take, y)), null),

            // OP_IFDUP doubles what is true only.
            MiniscriptFragment.OrD => (Most(Run(x, Push, Take), Run(xNot, Take, y)), Run(xNot, Take, yNot)),
            MiniscriptFragment.OrI => (Run(Take, Most(x, y)), Run(Take, Most(xNot, yNot))),
            MiniscriptFragment.Thresh => Thresh(subs, k),
            MiniscriptFragment.WrapC => (Run(x, Take), Run(xNot, Take)),
            MiniscriptFragment.WrapD => (Run(Push, Take, x), Run(Push, Take)),
            MiniscriptFragment.WrapV => (Run(x, Take), null),
            MiniscriptFragment.WrapJ => (Run(Push, Keep, Take, x), Run(Push, Keep, Take)),
            _ => (x, xNot), // a: s: n:
        };
    }

    private static (StackUse? Satisfied, StackUse? Dissatisfied) Thresh(
        (StackUse? Satisfied, StackUse? Dissatisfied)[] subs, int k)
    {
        // Place i holds the way that takes most with i of the parts so far satisfied.
        var ways = new StackUse?[subs.Length + 1];
        ways[0] = Keep;
        for (var at = 0; at < subs.Length; at++)
        {
            var add = at == 0 ? Keep : Take;
            for (var i = at + 1; i >= 0; i--)
            {
                var with = i == 0 ? null : Run(ways[i - 1], subs[at].Satisfied, add);
                ways[i] = Most(Run(ways[i], subs[at].Dissatisfied, add), with);
            }
        }

        return (Run(ways[k], Push, Take), Run(ways[0], Push, Take));
    }

    private static (StackUse? Satisfied, StackUse? Dissatisfied) Twice(StackUse? use) => (use, use);

    // One after the other; impossible where one is.
    private static StackUse? Run(params ReadOnlySpan<StackUse?> pieces)
    {
        var (drop, peak) = (0, 0);
        foreach (var piece in pieces)
        {
            if (piece is not { } use)
            {
                return null;
            }

            (drop, peak) = (drop + use.Drop, Math.Max(use.Peak, use.Drop + peak));
        }

        return new StackUse(drop, peak);
    }

    private static StackUse? Most(StackUse? a, StackUse? b) => a is { } x && b is { } y
        ? new StackUse(Math.Max(x.Drop, y.Drop), Math.Max(x.Peak, y.Peak))
        : a ?? b;
}
