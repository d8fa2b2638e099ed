namespace Market.Simulation;

/// <summary>Short names for a trace.</summary>
internal static class Names
{
    public static string Of(TxId id) => id.ToString()[..8];
}
