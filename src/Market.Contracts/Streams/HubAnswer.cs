namespace Market.Contracts;

/// <summary>What a method of the hub answers that does something: what the operation of the same name answers, or why it was not
/// done. One of the two is there.</summary>
/// <typeparam name="T">What the operation answers.</typeparam>
public sealed record HubAnswer<T> where T : class
{
    /// <summary>What was done.</summary>
    public T? Value { get; init; }

    /// <summary>Why it was not: the same problem that the operation answers with.</summary>
    public Problem? Problem { get; init; }
}
