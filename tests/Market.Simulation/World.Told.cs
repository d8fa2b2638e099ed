namespace Market.Simulation;

/// <content>What happened, in words.</content>
internal sealed partial class World
{
    public void Tell(Role role, string text) => _trace?.Add($"{Clock} {role,-11} {text}");

    public void Tell(Role role, string text, Transaction transaction)
    {
        if (IsTold)
        {
            var known = _chains[0].Know(transaction) ?? _chains[1].Know(transaction);
            Tell(role, $"(deviating) {text}: {Names.Of(transaction.Id)}, fee {known?.Fee.ToString() ?? "unknown"}");
        }
    }

    public void Tell(SwapChain chain, string text) => _trace?.Add($"{Clock} {chain,-11} {text}");

    private string Clock
    {
        get
        {
            var terms = Swap?.Terms;
            var passed = Now - Start;
            var mark = terms is null ? "" : Now >= terms.Long.UnixSeconds ? " (past T_long) "
                : Now >= terms.Short.UnixSeconds ? " (past T_short)" : "               ";
            return $"{passed,7} s{mark}";
        }
    }
}
