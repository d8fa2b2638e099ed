namespace Market.Chains.Engine;

/// <summary>What failed last in keeping a chain, for people. Safe for several threads.</summary>
internal sealed class NodeTrouble
{
    private string? _words;

    /// <summary>What failed, and what was done about it; null where nothing did.</summary>
    public string? Words => Volatile.Read(ref _words);

    public void Tell(string words) => Volatile.Write(ref _words, words);

    /// <summary>Of what runs for ever. What is away says so itself.</summary>
    public void TellBug(SupervisedFailure failure)
    {
        if (!failure.IsPassing)
        {
            Tell($"{failure.Words} ({failure.Error.GetType().Name}: {failure.Error.Message})");
        }
    }
}
