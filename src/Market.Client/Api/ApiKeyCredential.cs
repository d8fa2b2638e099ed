namespace Market.Client.Api;

/// <summary>An API key as a bot has it: enough to ask for its account what the key's scopes give, and nothing that moves a coin.
/// Prints without the secret.</summary>
/// <param name="Account">Hex of the x-only key whose account it is.</param>
/// <param name="Id">What requests name it by.</param>
/// <param name="Secret">What they are authenticated with, as it was told.</param>
public sealed record ApiKeyCredential(string Account, string Id, string Secret)
{
    /// <summary>Of a key that was just made.</summary>
    public static ApiKeyCredential Of(Contracts.CreatedApiKey created)
    {
        ArgumentNullException.ThrowIfNull(created);
        return new ApiKeyCredential(created.Account, created.Key.Id, created.Secret);
    }

    /// <inheritdoc/>
    public override string ToString() => $"API key {Id} of {Account}";
}
