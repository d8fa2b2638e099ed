namespace Market.Standing;

/// <summary>Whose credits calls are paid from.</summary>
public interface ICreditStore
{
    /// <summary>What a key can still offer.</summary>
    long FreeOf(string key);

    /// <summary>Promises some of a key's credits to a call. False where it has not so many free.</summary>
    bool TryPromise(string key, long units);

    /// <summary>Keeps a promise: some of what was promised was used, at most all of it; the rest is free again.</summary>
    void Settle(string key, long promised, long used);
}
