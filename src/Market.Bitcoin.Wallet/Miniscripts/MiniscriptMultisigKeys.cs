namespace Market.Bitcoin.Wallet;

/// <summary>
/// Keys of the OP_CHECKMULTISIGs that are executed, on the way that executes most: each counts as an operation. Keys of
/// a branch that is not taken do not count, other than its operations.
/// </summary>
/// <param name="Satisfied">Where the expression is satisfied; null where that cannot be.</param>
/// <param name="Dissatisfied">Where it is dissatisfied; null where that cannot be.</param>
internal readonly record struct MultisigKeys(int? Satisfied, int? Dissatisfied)
{
    public static MultisigKeys Of(Miniscript script)
    {
        var subs = script.Subs.Select(Of).ToArray();
        var x = subs.Length > 0 ? subs[0] : default;
        var y = subs.Length > 1 ? subs[1] : default;
        return script.Fragment switch
        {
            MiniscriptFragment.False => new(null, 0),
            MiniscriptFragment.True or MiniscriptFragment.Older or MiniscriptFragment.After => new(0, null),
            MiniscriptFragment.PkK or MiniscriptFragment.PkH or MiniscriptFragment.MultiA => new(0, 0),
            >= MiniscriptFragment.Sha256 and <= MiniscriptFragment.Hash160 => new(0, null),
            MiniscriptFragment.Multi => new(script.Keys.Length, script.Keys.Length),
            MiniscriptFragment.AndOr => new(
                Most(x.Satisfied + y.Satisfied, x.Dissatisfied + subs[2].Satisfied), x.Dissatisfied + subs[2].Dissatisfied),
            MiniscriptFragment.AndV => new(x.Satisfied + y.Satisfied, null),
            MiniscriptFragment.AndB => new(x.Satisfied + y.Satisfied, x.Dissatisfied + y.Dissatisfied),
            MiniscriptFragment.OrB => new(
                Most(x.Satisfied + y.Dissatisfied, x.Dissatisfied + y.Satisfied), x.Dissatisfied + y.Dissatisfied),
            MiniscriptFragment.OrC => new(Most(x.Satisfied, x.Dissatisfied + y.Satisfied), null),
            MiniscriptFragment.OrD => new(
                Most(x.Satisfied, x.Dissatisfied + y.Satisfied), x.Dissatisfied + y.Dissatisfied),
            MiniscriptFragment.OrI => new(Most(x.Satisfied, y.Satisfied), Most(x.Dissatisfied, y.Dissatisfied)),
            MiniscriptFragment.Thresh => Thresh(subs, (int)script.Number),
            MiniscriptFragment.WrapD or MiniscriptFragment.WrapJ => new(x.Satisfied, 0),
            MiniscriptFragment.WrapV => new(x.Satisfied, null),
            _ => x, // a: s: c: n:
        };
    }

    private static MultisigKeys Thresh(ReadOnlySpan<MultisigKeys> subs, int k)
    {
        // Place i holds the most keys with i of the parts so far satisfied.
        var ways = new int?[subs.Length + 1];
        ways[0] = 0;
        for (var at = 0; at < subs.Length; at++)
        {
            for (var i = at + 1; i >= 0; i--)
            {
                var with = i == 0 ? null : ways[i - 1] + subs[at].Satisfied;
                ways[i] = Most(ways[i] + subs[at].Dissatisfied, with);
            }
        }

        return new(ways[k], ways[0]);
    }

    private static int? Most(int? a, int? b) => a is { } x && b is { } y ? Math.Max(x, y) : a ?? b;
}
