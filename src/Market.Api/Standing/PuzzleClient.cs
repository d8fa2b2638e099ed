namespace Market.Api.Standing;

/// <summary>Whose checks of solutions are bounded together.</summary>
/// <param name="Account">Hex of the account's x-only key, or another name of one.</param>
/// <param name="Address">Where it asks from; null where each account is a house of its own.</param>
/// <param name="Site">The network that the address belongs to; null with the address.</param>
public sealed record PuzzleClient(string Account, string? Address, string? Site)
{
    /// <summary>An account by itself, wherever it asks from.</summary>
    public static PuzzleClient Alone(string account) => new(account, null, null);

    /// <summary>The account at its address: what it did there is nobody else's.</summary>
    public string Name => Address is null ? Account : $"{Account} {Address}";
}
